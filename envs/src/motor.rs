//! A shaft that a motor turns, under a voltage from a list: what the DC motor and the inverted pendulum have in common.

use crate::{Ending, Env, Rng, Space, StateError, Step, saved_state};

/// The angle in rad and its velocity in rad/s.
pub(crate) type State = [f64; 2];

/// What is turned, with a reward that is quadratic in state and voltage.
#[derive(Debug)]
pub(crate) struct Dynamics {
    /// For messages: `the motor`.
    pub(crate) name: &'static str,
    /// The largest angle and velocity in either direction.
    pub(crate) limits: State,
    /// The largest angle of a state: below its limit where angles wrap, as π is −π there.
    pub(crate) highest_angle: f64,
    /// What the squares of angle and velocity cost.
    pub(crate) state_cost: State,
    /// What the square of the voltage costs.
    pub(crate) input_cost: f64,
    /// The state after one step under a voltage.
    pub(crate) after: fn(State, f64) -> State,
}

impl Dynamics {
    /// The reward of a step from here under a voltage.
    pub(crate) fn reward(&self, [angle, speed]: State, voltage: f64) -> f64 {
        let [of_angle, of_speed] = self.state_cost;
        -(of_angle * angle * angle + of_speed * speed * speed + self.input_cost * voltage * voltage)
    }
}

/// A motor with what it turns, without a time limit.
///
/// Observation: angle, velocity. Actions: the voltages of the list. Nothing terminates. A reset draws the angle and then the velocity
/// uniformly from all states, or starts in a given state and draws nothing. A step draws nothing.
///
/// Saved state: angle, velocity; 1 while an episode is running, else 0.
#[derive(Clone, Debug)]
pub(crate) struct Motor {
    dynamics: &'static Dynamics,
    voltages: Vec<f64>,
    /// Where episodes start, if it is one state.
    start: Option<State>,
    pub(crate) state: State,
    running: bool,
    space: Space,
}

impl Motor {
    /// The motor before its first reset, with voltages in V.
    ///
    /// # Panics
    /// If there is no voltage. Settings are checked for that.
    pub(crate) fn new(dynamics: &'static Dynamics, voltages: &[f64], start: Option<State>) -> Self {
        assert!(!voltages.is_empty(), "each voltage is an action, and there is at least one");
        let high = dynamics.limits.map(|limit| limit as f32).to_vec();
        let space = Space::Box { low: high.iter().map(|bound| -bound).collect(), high };
        Motor { dynamics, voltages: voltages.to_vec(), start, state: start.unwrap_or_default(), running: false, space }
    }

    fn observe(&self, observation: &mut [f32]) {
        assert!(observation.len() == 2, "an observation of {} has 2 numbers", self.dynamics.name);
        observation.copy_from_slice(&self.state.map(|component| component as f32));
    }
}

impl Env for Motor {
    fn observation_space(&self) -> &Space {
        &self.space
    }

    fn actions(&self) -> usize {
        self.voltages.len()
    }

    fn reset(&mut self, rng: &mut Rng, observation: &mut [f32]) {
        let uniform = || self.dynamics.limits.map(|limit| rng.uniform(-limit, limit));
        self.state = self.start.unwrap_or_else(uniform);
        self.running = true;
        self.observe(observation);
    }

    fn step(&mut self, action: usize, _: &mut Rng, observation: &mut [f32]) -> Step {
        assert!(self.running, "no episode is running: reset the environment before the next step");
        assert!(action < self.voltages.len(), "{} has an action for each of its voltages", self.dynamics.name);
        let voltage = self.voltages[action];
        let reward = self.dynamics.reward(self.state, voltage) as f32;
        self.state = (self.dynamics.after)(self.state, voltage);
        self.observe(observation);
        Step { reward, ending: Ending::Continues }
    }

    fn is_running(&self) -> bool {
        self.running
    }

    fn state(&self) -> Vec<f64> {
        vec![self.state[0], self.state[1], f64::from(self.running)]
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), StateError> {
        let Dynamics { name, limits: [max_angle, max_speed], highest_angle, .. } = *self.dynamics;
        let [angle, speed, running] = saved_state::of_length(state, name)?;
        let state = [
            saved_state::between(angle, -max_angle, highest_angle, "the angle")?,
            saved_state::between(speed, -max_speed, max_speed, "the angular velocity")?,
        ];
        (self.state, self.running) = (state, saved_state::flag(running, "whether an episode is running")?);
        Ok(())
    }
}
