//! Cart-pole: balance a pole on a cart by pushing the cart left or right.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::registry::Part;
use crate::render::{CartPoleRenderer, Render};
use crate::{
    Component, ConfigError, Ending, Env, Environment, Rng, Space, StateError, Step, TimeLimit, saved_state, time_limit,
};

const GRAVITY: f64 = 9.8; // m/s²
const CART_MASS: f64 = 1.0; // kg
const POLE_MASS: f64 = 0.1; // kg
const TOTAL_MASS: f64 = POLE_MASS + CART_MASS;
pub(crate) const HALF_LENGTH: f64 = 0.5; // m, from the joint to the pole's centre of mass
const POLE_MASS_LENGTH: f64 = POLE_MASS * HALF_LENGTH;
const FORCE: f64 = 10.0; // N
pub(crate) const TAU: f64 = 0.02; // s from one step to the next
pub(crate) const ANGLE_LIMIT: f64 = 12.0 * 2.0 * std::f64::consts::PI / 360.0; // rad, that is 12°
pub(crate) const POSITION_LIMIT: f64 = 2.4; // m
pub(crate) const ACTIONS: [&str; 2] = ["push left", "push right"];
const START: f64 = 0.05; // the components of a first state lie in ±START

/// The settings of cart-pole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CartPoleConfig {
    /// The longest episode, in steps: 500 is CartPole-v1, 200 is CartPole-v0.
    #[schemars(range(min = 1))]
    pub time_limit: u32,
}

impl Default for CartPoleConfig {
    fn default() -> Self {
        CartPoleConfig { time_limit: 500 }
    }
}

impl Part for CartPoleConfig {
    const ID: &'static str = "cart_pole";
    const SUMMARY: &'static str = "balance a pole on a cart; Gymnasium's CartPole-v1";
}

impl Environment for CartPoleConfig {
    fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
        Ok(Box::new(TimeLimit::new(CartPole::new(), time_limit::check(self.time_limit)?)))
    }

    /// Gymnasium's 475 for CartPole-v1 and 195 for CartPole-v0; for other limits v1's fraction of the highest return.
    fn reward_threshold(&self) -> Option<f64> {
        Some(if self.time_limit == 200 { 195.0 } else { 0.95 * f64::from(self.time_limit) })
    }

    fn renderer(&self) -> Option<Box<dyn Render>> {
        Some(Box::new(CartPoleRenderer))
    }

    fn components(&self) -> Vec<Component> {
        let (position, angle) = (POSITION_LIMIT as f32, ANGLE_LIMIT as f32);
        vec![
            Component::new("position (m)").between(-position, position),
            Component::new("velocity (m/s)"),
            Component::new("angle (rad)").between(-angle, angle),
            Component::new("angular velocity (rad/s)"),
        ]
    }

    fn action_names(&self) -> Vec<String> {
        ACTIONS.map(str::to_owned).to_vec()
    }

    /// The angle and its velocity decide most about the next push.
    fn map_axes(&self) -> Option<[usize; 2]> {
        Some([2, 3])
    }
}

/// Positions and velocities of the cart and the pole, in f64.
///
/// Positions come before velocities for speed: the compiler computes neighbouring fields as one vector, and Euler's new
/// positions do not depend on the accelerations. So the next step's sine can start while this step still divides, which
/// makes a step about a fifth faster.
#[derive(Clone, Copy, Debug)]
struct Motion {
    x: f64,         // m
    theta: f64,     // rad
    x_dot: f64,     // m/s
    theta_dot: f64, // rad/s
}

impl Motion {
    /// From Gymnasium's order.
    #[inline]
    fn from_components([x, x_dot, theta, theta_dot]: [f64; 4]) -> Self {
        Motion { x, theta, x_dot, theta_dot }
    }

    /// In Gymnasium's order.
    #[inline]
    fn components(&self) -> [f64; 4] {
        [self.x, self.x_dot, self.theta, self.theta_dot]
    }

    /// Whether a limit is exceeded; a value equal to the limit does not exceed it.
    #[inline]
    fn has_failed(&self) -> bool {
        self.x.abs() > POSITION_LIMIT || self.theta.abs() > ANGLE_LIMIT
    }

    /// One step of explicit Euler under a horizontal force in newtons.
    ///
    /// The order of operations is Gymnasium's. Every operation rounds, so another order gives other trajectories.
    #[inline]
    fn after(self, force: f64) -> Motion {
        let Motion { x, theta, x_dot, theta_dot } = self;
        let (sin, cos) = theta.sin_cos();
        let push = (force + POLE_MASS_LENGTH * (theta_dot * theta_dot) * sin) / TOTAL_MASS;
        let theta_acc =
            (GRAVITY * sin - cos * push) / (HALF_LENGTH * (4.0 / 3.0 - POLE_MASS * (cos * cos) / TOTAL_MASS));
        let x_acc = push - POLE_MASS_LENGTH * theta_acc * cos / TOTAL_MASS;
        Motion {
            x: x + TAU * x_dot,
            theta: theta + TAU * theta_dot,
            x_dot: x_dot + TAU * x_acc,
            theta_dot: theta_dot + TAU * theta_acc,
        }
    }
}

/// The cart and its pole, without a time limit.
///
/// The task is that of Barto, Sutton & Anderson, "Neuronlike adaptive elements that can solve difficult learning
/// control problems", 1983 (equations of motion in its appendix, here without friction); constants, order of
/// operations, reset and rewards are those of Gymnasium's CartPole-v1 (Towers et al. 2024, after Brockman et al. 2016),
/// to the bit.
///
/// Sine and cosine are the C library's, as NumPy's are on most machines. NumPy has its own on x86-64 with AVX-512: there
/// the last bit may differ, as it may between two machines that run Gymnasium.
///
/// Observation: position (m), velocity (m/s), angle (rad), angular velocity (rad/s); the state is the same in `f64`.
/// Actions: 0 pushes left, 1 pushes right. Reward: 1 for every step, the failing one included. An episode terminates
/// when the cart is farther than 2.4 m from the centre or the pole leans by more than 12°. A reset draws the four
/// components from [-0.05, 0.05), in this order.
///
/// Saved state: the four components; 1 while an episode is running, else 0.
#[derive(Clone, Debug)]
pub struct CartPole {
    motion: Motion,
    running: bool,
    space: Space,
}

impl CartPole {
    /// A cart-pole before its first reset.
    pub fn new() -> Self {
        // Twice the limits, so that the observation of the failing step still lies in the space.
        let high = [POSITION_LIMIT * 2.0, f64::INFINITY, ANGLE_LIMIT * 2.0, f64::INFINITY].map(|bound| bound as f32);
        let space = Space::Box { low: high.map(|bound| -bound).to_vec(), high: high.to_vec() };
        CartPole { motion: Motion::from_components([0.0; 4]), running: false, space }
    }

    #[inline]
    fn observe(&self, observation: &mut [f32]) {
        assert!(observation.len() == 4, "an observation of cart-pole has 4 numbers");
        for (seen, component) in observation.iter_mut().zip(self.motion.components()) {
            *seen = component as f32;
        }
    }
}

impl Default for CartPole {
    fn default() -> Self {
        Self::new()
    }
}

impl Env for CartPole {
    fn observation_space(&self) -> &Space {
        &self.space
    }

    fn actions(&self) -> usize {
        2
    }

    #[inline]
    fn reset(&mut self, rng: &mut Rng, observation: &mut [f32]) {
        self.motion = Motion::from_components(std::array::from_fn(|_| rng.uniform(-START, START)));
        self.running = true;
        self.observe(observation);
    }

    #[inline]
    fn step(&mut self, action: usize, _: &mut Rng, observation: &mut [f32]) -> Step {
        assert!(self.running, "no episode is running: reset the environment before the next step");
        assert!(action < 2, "cart-pole has actions 0 and 1");
        self.motion = self.motion.after(if action == 1 { FORCE } else { -FORCE });
        self.running = !self.motion.has_failed();
        self.observe(observation);
        Step { reward: 1.0, ending: if self.running { Ending::Continues } else { Ending::Terminated } }
    }

    fn is_running(&self) -> bool {
        self.running
    }

    fn state(&self) -> Vec<f64> {
        let mut state = self.motion.components().to_vec();
        state.push(f64::from(self.running));
        state
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), StateError> {
        let [components @ .., running] = saved_state::of_length::<5>(state, "cart-pole")?;
        let motion = Motion::from_components(components);
        let running = saved_state::flag(running, "whether an episode is running")?;
        if !components.iter().all(|component| component.is_finite()) {
            return Err(StateError(format!("a state of cart-pole is finite, not {components:?}")));
        }
        if running && motion.has_failed() {
            return Err(StateError(format!("no episode of cart-pole can be running at {components:?}")));
        }
        (self.motion, self.running) = (motion, running);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_REST: Motion = Motion { x: 0.0, theta: 0.0, x_dot: 0.0, theta_dot: 0.0 };

    #[test]
    fn a_push_at_rest_accelerates_as_worked_out_by_hand() {
        // sin 0 = 0, cos 0 = 1: push = 10/1.1, θ'' = -push / (0.5 (4/3 - 0.1/1.1)) = -600/41, x'' = 400/41.
        let moved = AT_REST.after(FORCE);
        assert_eq!((moved.x, moved.theta), (0.0, 0.0)); // explicit Euler: positions follow one step later
        assert!((moved.x_dot - 0.02 * 400.0 / 41.0).abs() < 1e-15);
        assert!((moved.theta_dot + 0.02 * 600.0 / 41.0).abs() < 1e-15);
    }

    #[test]
    fn a_push_to_the_left_mirrors_a_push_to_the_right() {
        let (right, left) = (AT_REST.after(FORCE), AT_REST.after(-FORCE));
        assert_eq!(right.components(), left.components().map(|component| -component));
    }

    #[test]
    fn exactly_on_a_limit_is_still_inside() {
        for side in [1.0, -1.0] {
            assert!(!Motion { x: side * 2.4, ..AT_REST }.has_failed());
            assert!(Motion { x: side * 2.4f64.next_up(), ..AT_REST }.has_failed());
            assert!(!Motion { theta: side * ANGLE_LIMIT, ..AT_REST }.has_failed());
            assert!(Motion { theta: side * ANGLE_LIMIT.next_up(), ..AT_REST }.has_failed());
        }
    }
}
