//! Mountain-car: an underpowered car that has to swing up to the top of a hill.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::registry::Part;
use crate::render::{MountainCarRenderer, Render};
use crate::{
    Component, ConfigError, Ending, Env, Environment, Rng, Space, StateError, Step, TimeLimit, saved_state, time_limit,
};

const FORCE: f64 = 0.001; // m/step²
const GRAVITY: f64 = 0.0025; // m/step²
pub(crate) const LEFT_END: f64 = -1.2; // m
pub(crate) const RIGHT_END: f64 = 0.6; // m
const MAX_SPEED: f64 = 0.07; // m/step
pub(crate) const GOAL: f64 = 0.5; // m
const START: [f64; 2] = [-0.6, -0.4]; // m, where the car starts at rest
pub(crate) const ACTIONS: [&str; 3] = ["push left", "no push", "push right"];

/// The settings of mountain-car.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MountainCarConfig {
    /// The longest episode, in steps: 200 is MountainCar-v0.
    #[schemars(range(min = 1))]
    pub time_limit: u32,
    /// The least velocity at the goal in m/step, from 0 to 0.07, the car's highest speed. A slower car has not arrived.
    #[schemars(range(min = 0.0, max = 0.07))]
    pub goal_velocity: f64,
}

impl Default for MountainCarConfig {
    fn default() -> Self {
        MountainCarConfig { time_limit: 200, goal_velocity: 0.0 }
    }
}

impl Part for MountainCarConfig {
    const ID: &'static str = "mountain_car";
    const SUMMARY: &'static str = "swing an underpowered car up a hill; Gymnasium's MountainCar-v0";
}

impl Environment for MountainCarConfig {
    fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
        if !(0.0..=MAX_SPEED).contains(&self.goal_velocity) {
            let message = format!("must lie between 0 and {MAX_SPEED} m/step, not {}", self.goal_velocity);
            return Err(ConfigError::new("goal_velocity", message));
        }
        Ok(Box::new(TimeLimit::new(MountainCar::new(self.goal_velocity), time_limit::check(self.time_limit)?)))
    }

    /// Gymnasium's −110. A limit of fewer steps gives a larger return than that to every policy, so there is none.
    fn reward_threshold(&self) -> Option<f64> {
        (self.time_limit > 110).then_some(-110.0)
    }

    fn renderer(&self) -> Option<Box<dyn Render>> {
        Some(Box::new(MountainCarRenderer))
    }

    fn components(&self) -> Vec<Component> {
        // A car that is too slow at the goal may drive on to the end.
        let last = if self.goal_velocity > 0.0 { RIGHT_END } else { GOAL };
        vec![Component::new("position (m)").between(LEFT_END as f32, last as f32), Component::new("velocity (m/step)")]
    }

    fn action_names(&self) -> Vec<String> {
        ACTIONS.map(str::to_owned).to_vec()
    }

    fn map_axes(&self) -> Option<[usize; 2]> {
        Some([0, 1])
    }
}

/// Position in m and velocity in m/step, in f64.
#[derive(Clone, Copy, Debug)]
struct Motion {
    position: f64,
    velocity: f64,
}

impl Motion {
    /// One step under action 0, 1 or 2.
    ///
    /// The order of operations is Gymnasium's. Every operation rounds, so another order gives other trajectories.
    #[inline]
    fn after(self, action: usize) -> Motion {
        let push = (action as f64 - 1.0) * FORCE;
        let velocity = self.velocity + (push + (3.0 * self.position).cos() * -GRAVITY);
        let velocity = velocity.clamp(-MAX_SPEED, MAX_SPEED);
        let position = (self.position + velocity).clamp(LEFT_END, RIGHT_END);
        let is_stopped = position == LEFT_END && velocity < 0.0;
        Motion { position, velocity: if is_stopped { 0.0 } else { velocity } }
    }
}

/// A car in a valley, too weak to drive up the right hill: it has to swing from side to side first.
///
/// The task is that of Moore, "Efficient Memory-based Learning for Robot Control", 1990, in the form of Sutton & Barto,
/// "Reinforcement Learning: An Introduction", 2018, example 10.1, and of Gymnasium's MountainCar-v0, which this follows to the
/// bit: state in f64, constants, order of operations, observations rounded to f32.
///
/// With position x in m and velocity v in m/step, action u ∈ {0, 1, 2} leads to v + 0.001 (u − 1) − 0.0025 cos 3x, clipped
/// to ±0.07, and then to x + v, clipped to [−1.2, 0.6]. The left end stops the car. The hill has the height sin 3x.
///
/// Observation: position, velocity. Every step gives a reward of −1. The episode terminates when x ≥ 0.5 with a velocity of at
/// least `goal_velocity`; the time limit is [`TimeLimit`]'s. A reset draws the position uniformly from [−0.6, −0.4); the car
/// is at rest. A step draws nothing.
///
/// The last bits of a trajectory are those of the C library's cosine, as in Python. glibc's depend in about one of 1,400
/// arguments on whether the processor has fused multiply–add.
///
/// Saved state: position, velocity; 1 while an episode is running, else 0.
#[derive(Clone, Debug)]
pub struct MountainCar {
    motion: Motion,
    goal_velocity: f64,
    running: bool,
    space: Space,
}

impl MountainCar {
    /// Mountain-car before its first reset, without a time limit, with the least velocity at the goal in m/step.
    pub fn new(goal_velocity: f64) -> Self {
        let (low, high) = ([LEFT_END, -MAX_SPEED], [RIGHT_END, MAX_SPEED]);
        let space = Space::Box { low: low.map(|x| x as f32).to_vec(), high: high.map(|x| x as f32).to_vec() };
        MountainCar { motion: Motion { position: -0.5, velocity: 0.0 }, goal_velocity, running: false, space }
    }

    #[inline]
    fn has_arrived(&self, motion: Motion) -> bool {
        motion.position >= GOAL && motion.velocity >= self.goal_velocity
    }

    #[inline]
    fn observe(&self, observation: &mut [f32]) {
        assert!(observation.len() == 2, "an observation of mountain-car has 2 numbers");
        observation.copy_from_slice(&[self.motion.position as f32, self.motion.velocity as f32]);
    }
}

impl Env for MountainCar {
    fn observation_space(&self) -> &Space {
        &self.space
    }

    fn actions(&self) -> usize {
        ACTIONS.len()
    }

    #[inline]
    fn reset(&mut self, rng: &mut Rng, observation: &mut [f32]) {
        self.motion = Motion { position: rng.uniform(START[0], START[1]), velocity: 0.0 };
        self.running = true;
        self.observe(observation);
    }

    #[inline]
    fn step(&mut self, action: usize, _: &mut Rng, observation: &mut [f32]) -> Step {
        assert!(self.running, "no episode is running: reset the environment before the next step");
        assert!(action < ACTIONS.len(), "mountain-car has actions 0 to 2");
        self.motion = self.motion.after(action);
        self.running = !self.has_arrived(self.motion);
        self.observe(observation);
        Step { reward: -1.0, ending: if self.running { Ending::Continues } else { Ending::Terminated } }
    }

    fn is_running(&self) -> bool {
        self.running
    }

    fn state(&self) -> Vec<f64> {
        vec![self.motion.position, self.motion.velocity, f64::from(self.running)]
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), StateError> {
        let [position, velocity, running] = saved_state::of_length(state, "mountain-car")?;
        let motion = Motion {
            position: saved_state::between(position, LEFT_END, RIGHT_END, "the car's position")?,
            velocity: saved_state::between(velocity, -MAX_SPEED, MAX_SPEED, "the car's velocity")?,
        };
        let running = saved_state::flag(running, "whether an episode is running")?;
        if running && self.has_arrived(motion) {
            return Err(StateError(format!("no episode of mountain-car can be running at the goal, with {motion:?}")));
        }
        (self.motion, self.running) = (motion, running);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_accelerates_as_worked_out_by_hand() {
        // cos 0 = 1 on the slope at 0: v = 0.01 + 0.001 - 0.0025.
        let moved = Motion { position: 0.0, velocity: 0.01 }.after(2);
        assert!((moved.velocity - 0.0085).abs() < 1e-15 && (moved.position - 0.0085).abs() < 1e-15, "{moved:?}");
        // The bottom of the valley is where cos 3x = 0. There, nothing but a push moves the car.
        let bottom = Motion { position: -std::f64::consts::FRAC_PI_6, velocity: 0.0 };
        assert!(bottom.after(1).velocity.abs() < 1e-15);
        assert!((bottom.after(0).velocity + 0.001).abs() < 1e-15);
    }

    #[test]
    fn the_left_end_stops_the_car_and_the_right_one_does_not() {
        let left = Motion { position: -1.19, velocity: -0.05 }.after(0);
        assert_eq!((left.position, left.velocity), (-1.2, 0.0));
        let right = Motion { position: 0.59, velocity: 0.06 }.after(2);
        assert!(right.position == 0.6 && right.velocity > 0.05, "{right:?}");
        assert_eq!(Motion { position: -0.3, velocity: 0.07 }.after(2).velocity, 0.07 - 0.0025 * 0.9f64.cos() + 0.001);
        assert_eq!(Motion { position: -0.9, velocity: 0.07 }.after(2).velocity, 0.07);
    }

    /// The engine is weaker than gravity on the steepest slope: pushing to the right all the time does not reach the goal.
    #[test]
    fn the_car_is_underpowered() {
        let mut motion = Motion { position: -0.5, velocity: 0.0 };
        let highest = (0..10_000).map(|_| {
            motion = motion.after(2);
            motion.position
        });
        assert!(highest.fold(f64::MIN, f64::max) < 0.0);
    }

    #[test]
    fn a_slow_car_has_not_arrived() {
        let at = |position, velocity| Motion { position, velocity };
        let env = MountainCar::new(0.02);
        assert!(env.has_arrived(at(0.5, 0.02)) && !env.has_arrived(at(0.5, 0.019)));
        assert!(!env.has_arrived(at(0.5f64.next_down(), 0.07)) && MountainCar::new(0.0).has_arrived(at(0.5, 0.0)));
        let error = |goal_velocity| {
            let config = MountainCarConfig { goal_velocity, ..MountainCarConfig::default() };
            config.build().err().map(|error| error.to_string())
        };
        let expected = "`goal_velocity`: must lie between 0 and 0.07 m/step, not 0.1";
        assert_eq!((error(0.1).as_deref(), error(0.07)), (Some(expected), None));
        assert!(error(f64::NAN).is_some() && error(-0.01).is_some());
    }
}
