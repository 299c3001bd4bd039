//! DC motor: turn a shaft to an angle and hold it there.

use std::f64::consts::PI;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::motor::{Dynamics, Motor, State};
use crate::registry::Part;
use crate::render::{Body, Render, RotationRenderer};
use crate::{Component, ConfigError, Env, Environment, TimeLimit, discrete_inputs, time_limit};

const A: [[f64; 2]; 2] = [[1.0, 0.0049], [0.0, 0.9540]];
const B: [f64; 2] = [0.0021, 0.8505];
const SECONDS: f64 = 0.005; // from one step to the next
const MAX_ANGLE: f64 = PI; // rad
const MAX_SPEED: f64 = 16.0 * PI; // rad/s
const MAX_VOLTAGE: f64 = 10.0; // V

/// The settings of the DC motor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DcMotorConfig {
    /// The longest episode, in steps of 0.005 s.
    #[schemars(range(min = 1))]
    pub time_limit: u32,
    /// The voltage of each action in V.
    #[schemars(length(min = 1, max = 1_000), inner(range(min = -10.0, max = 10.0)))]
    pub voltages: Vec<f64>,
}

impl Default for DcMotorConfig {
    fn default() -> Self {
        DcMotorConfig { time_limit: 300, voltages: vec![-10.0, 0.0, 10.0] }
    }
}

impl Part for DcMotorConfig {
    const ID: &'static str = "dc_motor";
    const SUMMARY: &'static str = "turn the shaft of a DC motor to 0 and hold it; Buşoniu et al. 2010, a linear system";
}

impl Environment for DcMotorConfig {
    fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
        discrete_inputs::check("voltages", &self.voltages, MAX_VOLTAGE, "V")?;
        Ok(Box::new(TimeLimit::new(Motor::new(&DC_MOTOR, &self.voltages, None), time_limit::check(self.time_limit)?)))
    }

    fn renderer(&self) -> Option<Box<dyn Render>> {
        Some(Box::new(RotationRenderer {
            title: "DC motor",
            body: Body::Shaft,
            angle: |observation| f64::from(observation[0]),
            inputs: self.voltages.clone(),
            names: self.action_names(),
            seconds: SECONDS,
        }))
    }

    fn components(&self) -> Vec<Component> {
        ["angle (rad)", "angular velocity (rad/s)"].map(Component::new).to_vec()
    }

    fn action_names(&self) -> Vec<String> {
        discrete_inputs::names(&self.voltages, "V")
    }

    fn map_axes(&self) -> Option<[usize; 2]> {
        Some([0, 1])
    }
}

/// A shaft that a motor turns to the angle 0 and holds there.
///
/// The task is the recurring example of Buşoniu, Babuška, De Schutter & Ernst, "Reinforcement Learning and Dynamic Programming
/// Using Function Approximators", 2010, with its constants. It is linear with a quadratic reward. So near the origin, where nothing
/// is clipped, the solution for voltages of any size is known: that of the discounted Riccati equation.
///
/// With the angle α in rad, its velocity α̇ in rad/s and the voltage u in V, a step of 0.005 s is x ← A x + B u with x = (α, α̇),
/// A = [[1, 0.0049], [0, 0.9540]] and B = [0.0021, 0.8505]; then α is clipped to ±π and α̇ to ±16π. Its reward is
/// −(5 α² + 0.01 α̇² + 0.01 u²) of the state before it. The book discounts by γ = 0.95.
///
/// Observation: α, α̇. Actions: the voltages of a list, from −10 to 10 V. A reset draws α and then α̇ uniformly from all states.
static DC_MOTOR: Dynamics = Dynamics {
    name: "the motor",
    limits: [MAX_ANGLE, MAX_SPEED],
    highest_angle: MAX_ANGLE,
    state_cost: [5.0, 0.01],
    input_cost: 0.01,
    after,
};

/// The state after one step under a voltage.
fn after([angle, speed]: State, voltage: f64) -> State {
    let [next_angle, next_speed] = [0, 1].map(|row| A[row][0] * angle + A[row][1] * speed + B[row] * voltage);
    [next_angle.clamp(-MAX_ANGLE, MAX_ANGLE), next_speed.clamp(-MAX_SPEED, MAX_SPEED)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rng;

    const GAMMA: f64 = 0.95; // the book's

    #[test]
    fn a_step_is_that_worked_out_by_hand() {
        let [angle, speed] = after([1.0, 10.0], -10.0);
        // 1 + 0.049 − 0.021 and 9.54 − 8.505.
        assert!((angle - 1.028).abs() < 1e-14 && (speed - 1.035).abs() < 1e-14, "{angle}, {speed}");
        // 5 · 1 + 0.01 · 100 + 0.01 · 100
        assert!((DC_MOTOR.reward([1.0, 10.0], -10.0) + 7.0).abs() < 1e-14);
        let [angle, speed] = after([3.1, 10.0], 10.0);
        assert!(angle == PI && (speed - 18.045).abs() < 1e-14, "{angle}, {speed}");
        assert_eq!(after([-3.1, -50.2], -10.0)[0], -PI);
        assert_eq!(after([0.0, -50.26], -10.0)[1], -16.0 * PI);
    }

    /// The matrices are those of α̈ = −a α̇ + c u under a constant voltage for 0.005 s, to the digits in which they are printed.
    #[test]
    fn the_matrices_are_those_of_a_motor_in_continuous_time() {
        let decay = -A[1][1].ln() / SECONDS; // a, in 1/s
        let gain = B[1] * decay / (1.0 - A[1][1]); // c, in rad/s²/V
        let speed_to_angle = (1.0 - A[1][1]) / decay;
        assert!((A[0][1] - speed_to_angle).abs() < 5e-5, "{speed_to_angle}");
        let voltage_to_angle = gain / decay * (SECONDS - speed_to_angle);
        assert!((B[0] - voltage_to_angle).abs() < 5e-5, "{voltage_to_angle}");
        assert_eq!((A[0][0], A[1][0]), (1.0, 0.0), "an angle stays where nothing moves: eigenvalue 1");
    }

    /// P and K of the discounted linear-quadratic regulator: the optimal value is −xᵀ P x, by u = −K x.
    fn regulator() -> ([[f64; 2]; 2], [f64; 2]) {
        let mut p = [[0.0; 2]; 2];
        let mut gain = [0.0; 2];
        for _ in 0..5_000 {
            let p_a = |i: usize, j: usize| p[i][0] * A[0][j] + p[i][1] * A[1][j];
            let p_b = [0, 1].map(|i: usize| p[i][0] * B[0] + p[i][1] * B[1]);
            let a_p_b = [0, 1].map(|i: usize| A[0][i] * p_b[0] + A[1][i] * p_b[1]);
            let curvature = DC_MOTOR.input_cost + GAMMA * (B[0] * p_b[0] + B[1] * p_b[1]);
            gain = a_p_b.map(|x| GAMMA * x / curvature);
            let next = |i: usize, j: usize| {
                let a_p_a = A[0][i] * p_a(0, j) + A[1][i] * p_a(1, j);
                (if i == j { DC_MOTOR.state_cost[i] } else { 0.0 }) + GAMMA * (a_p_a - a_p_b[i] * gain[j])
            };
            p = [[next(0, 0), next(0, 1)], [next(1, 0), next(1, 1)]];
        }
        (p, gain)
    }

    /// Plays the regulator with voltages in steps of 5 mV through the environment, and compares with the Riccati equation.
    #[test]
    fn the_linear_quadratic_regulator_gets_the_return_of_the_riccati_equation() {
        let (p, gain) = regulator();
        let voltages: Vec<f64> = (-2_000..=2_000).map(|step| f64::from(step) * 0.005).collect();
        let mut env = Motor::new(&DC_MOTOR, &voltages, None);
        let (mut rng, mut observation) = (Rng::from_seed(0), [0.0; 2]);
        for [angle, speed] in [[0.5, 0.0], [-0.3, 4.0], [0.1, -6.0]] {
            env.set_state(&[angle, speed, 1.0]).unwrap();
            let mut discounted = 0.0;
            for step in 0..600 {
                let [angle, speed] = env.state;
                let voltage = -(gain[0] * angle + gain[1] * speed);
                assert!(voltage.abs() <= 10.0, "a start that needs {voltage} V");
                let action = (voltage / 0.005).round() as i32 + 2_000;
                let reward = env.step(action as usize, &mut rng, &mut observation).reward;
                discounted += GAMMA.powi(step) * f64::from(reward);
            }
            let expected = -(p[0][0] * angle * angle + 2.0 * p[0][1] * angle * speed + p[1][1] * speed * speed);
            assert!((discounted / expected - 1.0).abs() < 1e-4, "{discounted}, not {expected}");
        }
    }

    #[test]
    fn wrong_voltages_are_errors_with_their_key() {
        let config = DcMotorConfig { voltages: vec![-10.5, 0.0], ..DcMotorConfig::default() };
        let expected = "`voltages`: each value must lie between -10 and 10 V, not -10.5";
        assert_eq!(config.build().err().map(|error| error.to_string()).as_deref(), Some(expected));
    }
}
