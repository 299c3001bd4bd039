//! Pendulum: swing up a rod by a torque that cannot lift it.

use std::f64::consts::{PI, TAU};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::power::{square, square_f32};
use crate::registry::Part;
use crate::render::{Body, Render, RotationRenderer};
use crate::{
    Component, ConfigError, Ending, Env, Environment, Rng, Space, StateError, Step, TimeLimit, discrete_inputs,
    saved_state, time_limit,
};

const MASS: f64 = 1.0; // kg
const LENGTH: f64 = 1.0; // m
const SECONDS: f64 = 0.05; // from one step to the next
const MAX_SPEED: f64 = 8.0; // rad/s
const MAX_TORQUE: f64 = 2.0; // N m
const MAX_GRAVITY: f64 = 1_000.0; // m/s²
const START: [f64; 2] = [PI, 1.0]; // an angle in ±π rad and a velocity in ±1 rad/s

/// The settings of the pendulum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PendulumConfig {
    /// The longest episode, in steps: 200 is Pendulum-v1.
    #[schemars(range(min = 1))]
    pub time_limit: u32,
    /// The torque of each action in N m; a positive one turns counter-clockwise.
    #[schemars(length(min = 1, max = 1_000), inner(range(min = -2.0, max = 2.0)))]
    pub torques: Vec<f64>,
    /// The acceleration of gravity in m/s²: Gymnasium's `g`.
    #[schemars(range(min = 0.0, max = 1_000.0))]
    pub gravity: f64,
}

impl Default for PendulumConfig {
    fn default() -> Self {
        PendulumConfig { time_limit: 200, torques: vec![-2.0, 0.0, 2.0], gravity: 10.0 }
    }
}

impl Part for PendulumConfig {
    const ID: &'static str = "pendulum";
    const SUMMARY: &'static str = "swing up a rod by torques from a list; Gymnasium's Pendulum-v1";
}

impl Environment for PendulumConfig {
    fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
        discrete_inputs::check("torques", &self.torques, MAX_TORQUE, "N m")?;
        if !(0.0..=MAX_GRAVITY).contains(&self.gravity) {
            let message = format!("must lie between 0 and {MAX_GRAVITY} m/s², not {}", self.gravity);
            return Err(ConfigError::new("gravity", message));
        }
        Ok(Box::new(TimeLimit::new(Pendulum::new(&self.torques, self.gravity), time_limit::check(self.time_limit)?)))
    }

    fn renderer(&self) -> Option<Box<dyn Render>> {
        Some(Box::new(RotationRenderer {
            title: "pendulum",
            body: Body::Rod,
            angle: |observation| f64::from(observation[1]).atan2(f64::from(observation[0])),
            inputs: self.torques.clone(),
            names: self.action_names(),
            seconds: SECONDS,
        }))
    }

    fn components(&self) -> Vec<Component> {
        ["cos θ", "sin θ", "angular velocity (rad/s)"].map(Component::new).to_vec()
    }

    fn action_names(&self) -> Vec<String> {
        discrete_inputs::names(&self.torques, "N m")
    }

    /// How high the rod is, and how fast it turns.
    fn map_axes(&self) -> Option<[usize; 2]> {
        Some([0, 2])
    }
}

/// A torque as Gymnasium computes with it: in single precision, as its actions are.
#[derive(Clone, Copy, Debug)]
struct Torque {
    /// The angular acceleration that it gives, in rad/s².
    acceleration: f64,
    /// Its part of the cost.
    cost: f64,
}

impl Torque {
    fn new(newton_metres: f64) -> Torque {
        let torque = newton_metres as f32;
        Torque {
            acceleration: f64::from((3.0 / (MASS * LENGTH * LENGTH)) as f32 * torque),
            cost: f64::from(0.001f32 * square_f32(torque)),
        }
    }
}

/// The angle from upright in rad and its velocity in rad/s, in f64.
#[derive(Clone, Copy, Debug)]
struct Motion {
    theta: f64,
    theta_dot: f64,
}

impl Motion {
    /// The cost of a step from here.
    ///
    /// The order of operations is Gymnasium's, here and in [`Motion::after`]. Every operation rounds, so another order gives other
    /// trajectories.
    #[inline]
    fn cost(self, torque: Torque) -> f64 {
        let from_upright = (self.theta + PI).rem_euclid(TAU) - PI;
        square(from_upright) + 0.1 * square(self.theta_dot) + torque.cost
    }

    /// One step of Euler's method, semi-implicit: the angle follows the new velocity.
    #[inline]
    fn after(self, torque: Torque, gravity: f64) -> Motion {
        let acceleration = 3.0 * gravity / (2.0 * LENGTH) * self.theta.sin() + torque.acceleration;
        let theta_dot = (self.theta_dot + acceleration * SECONDS).clamp(-MAX_SPEED, MAX_SPEED);
        Motion { theta: self.theta + theta_dot * SECONDS, theta_dot }
    }
}

/// A rod that turns about one of its ends, with a motor too weak to lift it at once.
///
/// This is Gymnasium's Pendulum-v1 with a list of torques for actions, and follows it to the bit for actions in single precision,
/// as its action space has them: state in f64, constants, order of operations, observations rounded to f32. The rod is 1 m long
/// and weighs 1 kg. With the angle θ from upright in rad, counter-clockwise, a torque of u N m gives
/// θ″ = 15 sin θ + 3 u under the default gravity, integrated by the semi-implicit Euler method in steps of 0.05 s; θ′ is clipped to ±8 rad/s.
///
/// Observation: cos θ, sin θ, θ′. The reward of a step is −(θ² + 0.1 θ′² + 0.001 u²) of the state before it, with θ in [−π, π);
/// Gymnasium returns it in f64, here it is rounded to f32. Nothing terminates; the time limit is [`TimeLimit`]'s. A reset draws
/// θ uniformly from [−π, π) and then θ′ from [−1, 1). A step draws nothing.
///
/// The last bits of a trajectory are those of the C library's sine, and those of a reward of its `pow`, as in Python. glibc's depend
/// in about one of 1,400 arguments on whether the processor has fused multiply–add.
///
/// Saved state: θ (whole turns included) and θ′; 1 while an episode is running, else 0.
#[derive(Clone, Debug)]
pub struct Pendulum {
    torques: Vec<Torque>,
    gravity: f64,
    motion: Motion,
    running: bool,
    space: Space,
}

impl Pendulum {
    /// The pendulum before its first reset, without a time limit, with torques in N m and gravity in m/s².
    ///
    /// # Panics
    /// If there is no torque. [`PendulumConfig`] is checked for that.
    pub fn new(torques: &[f64], gravity: f64) -> Self {
        assert!(!torques.is_empty(), "each torque is an action, and there is at least one");
        let high = vec![1.0, 1.0, MAX_SPEED as f32];
        let space = Space::Box { low: high.iter().map(|bound| -bound).collect(), high };
        let torques = torques.iter().copied().map(Torque::new).collect();
        Pendulum { torques, gravity, motion: Motion { theta: PI, theta_dot: 0.0 }, running: false, space }
    }

    #[inline]
    fn observe(&self, observation: &mut [f32]) {
        assert!(observation.len() == 3, "an observation of the pendulum has 3 numbers");
        let (sin, cos) = self.motion.theta.sin_cos();
        observation.copy_from_slice(&[cos as f32, sin as f32, self.motion.theta_dot as f32]);
    }
}

impl Env for Pendulum {
    fn observation_space(&self) -> &Space {
        &self.space
    }

    fn actions(&self) -> usize {
        self.torques.len()
    }

    fn reset(&mut self, rng: &mut Rng, observation: &mut [f32]) {
        let [theta, theta_dot] = START.map(|limit| rng.uniform(-limit, limit));
        self.motion = Motion { theta, theta_dot };
        self.running = true;
        self.observe(observation);
    }

    fn step(&mut self, action: usize, _: &mut Rng, observation: &mut [f32]) -> Step {
        assert!(self.running, "no episode is running: reset the environment before the next step");
        assert!(action < self.torques.len(), "the pendulum has an action for each of its torques");
        let torque = self.torques[action];
        let reward = -self.motion.cost(torque) as f32;
        self.motion = self.motion.after(torque, self.gravity);
        self.observe(observation);
        Step { reward, ending: Ending::Continues }
    }

    fn is_running(&self) -> bool {
        self.running
    }

    fn state(&self) -> Vec<f64> {
        vec![self.motion.theta, self.motion.theta_dot, f64::from(self.running)]
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), StateError> {
        let [theta, theta_dot, running] = saved_state::of_length(state, "the pendulum")?;
        let motion = Motion {
            theta: saved_state::between(theta, f64::MIN, f64::MAX, "the angle")?,
            theta_dot: saved_state::between(theta_dot, -MAX_SPEED, MAX_SPEED, "the angular velocity")?,
        };
        let running = saved_state::flag(running, "whether an episode is running")?;
        (self.motion, self.running) = (motion, running);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torque_accelerates_as_worked_out_by_hand() {
        // Level to the left: θ″ = 15 · 1 + 3 · 2 = 21, θ′ = 0.05 · 21, θ = π/2 + 0.05 θ′.
        let level = Motion { theta: PI / 2.0, theta_dot: 0.0 };
        let moved = level.after(Torque::new(2.0), 10.0);
        assert!((moved.theta_dot - 1.05).abs() < 1e-15 && (moved.theta - PI / 2.0 - 0.0525).abs() < 1e-15, "{moved:?}");
        assert_eq!(level.after(Torque::new(0.0), 0.0).theta_dot, 0.0);
        assert_eq!(Motion { theta: 1.0, theta_dot: 7.9 }.after(Torque::new(2.0), 10.0).theta_dot, 8.0);
    }

    #[test]
    fn the_cost_counts_the_angle_from_upright_without_whole_turns() {
        let at = |theta, theta_dot| Motion { theta, theta_dot }.cost(Torque::new(2.0));
        // 1² + 0.1 · 3² + 0.001 · 2², the last of which is in single precision.
        let expected = 1.9 + f64::from(0.004f32);
        for turns in [-2.0, 0.0, 5.0] {
            assert!((at(1.0 + turns * TAU, -3.0) - expected).abs() < 1e-12);
        }
        assert!((at(PI, 0.0) - PI * PI - f64::from(0.004f32)).abs() < 1e-12);
    }

    /// A torque of 2 N m holds the rod against gravity, 5 sin θ N m, up to 23.6° from hanging down, and no further.
    #[test]
    fn a_constant_torque_does_not_swing_the_rod_up() {
        let mut motion = Motion { theta: PI, theta_dot: 0.0 };
        for _ in 0..2_000 {
            motion = motion.after(Torque::new(2.0), 10.0);
            assert!(motion.theta.cos() < 0.0, "{motion:?}");
        }
    }

    #[test]
    fn wrong_settings_are_errors_with_their_key() {
        let key = |config: PendulumConfig| config.build().err().map(|error| error.key);
        let default = PendulumConfig::default;
        assert_eq!(key(default()), None);
        assert_eq!(key(PendulumConfig { torques: vec![2.1], ..default() }).as_deref(), Some("torques"));
        assert_eq!(key(PendulumConfig { gravity: -1.0, ..default() }).as_deref(), Some("gravity"));
        assert_eq!(key(PendulumConfig { gravity: f64::NAN, ..default() }).as_deref(), Some("gravity"));
        assert_eq!(key(PendulumConfig { time_limit: 0, ..default() }).as_deref(), Some("time_limit"));
    }
}
