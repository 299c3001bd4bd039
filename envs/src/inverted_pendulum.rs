//! Inverted pendulum: swing up a weight by a motor that cannot lift it.

use std::f64::consts::{PI, TAU};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::motor::{Dynamics, Motor, State};
use crate::registry::Part;
use crate::render::{Body, Render, RotationRenderer};
use crate::{Component, ConfigError, Env, Environment, TimeLimit, discrete_inputs, time_limit};

const INERTIA: f64 = 1.91e-4; // kg m²
const MASS: f64 = 0.055; // kg
const GRAVITY: f64 = 9.81; // m/s²
const LENGTH: f64 = 0.042; // m, from the axis to the weight
const FRICTION: f64 = 3e-6; // N m s/rad
const TORQUE_CONSTANT: f64 = 0.0536; // N m/A
const RESISTANCE: f64 = 9.5; // Ω
const SECONDS: f64 = 0.005; // from one step to the next
const SUBSTEPS: usize = 2; // of the integration in each step
const MAX_SPEED: f64 = 15.0 * PI; // rad/s
const MAX_VOLTAGE: f64 = 3.0; // V

/// Where episodes of the inverted pendulum start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvertedPendulumStart {
    /// Uniformly over all angles and velocities.
    Uniform,
    /// Hanging down at rest.
    Down,
}

impl InvertedPendulumStart {
    /// The state in which episodes start, if it is one.
    fn state(self) -> Option<State> {
        match self {
            InvertedPendulumStart::Uniform => None,
            InvertedPendulumStart::Down => Some([-PI, 0.0]),
        }
    }
}

/// The settings of the inverted pendulum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct InvertedPendulumConfig {
    /// The longest episode, in steps of 0.005 s.
    #[schemars(range(min = 1))]
    pub time_limit: u32,
    /// The voltage of each action in V.
    #[schemars(length(min = 1, max = 1_000), inner(range(min = -3.0, max = 3.0)))]
    pub voltages: Vec<f64>,
    /// Where episodes start: `uniform` over all states, or hanging `down` at rest.
    pub start: InvertedPendulumStart,
}

impl Default for InvertedPendulumConfig {
    fn default() -> Self {
        InvertedPendulumConfig {
            time_limit: 300,
            voltages: vec![-3.0, 0.0, 3.0],
            start: InvertedPendulumStart::Uniform,
        }
    }
}

impl Part for InvertedPendulumConfig {
    const ID: &'static str = "inverted_pendulum";
    const SUMMARY: &'static str = "swing up a weight by a motor that cannot lift it at once; Buşoniu et al. 2010";
}

impl Environment for InvertedPendulumConfig {
    fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
        discrete_inputs::check("voltages", &self.voltages, MAX_VOLTAGE, "V")?;
        let env = Motor::new(&INVERTED_PENDULUM, &self.voltages, self.start.state());
        Ok(Box::new(TimeLimit::new(env, time_limit::check(self.time_limit)?)))
    }

    fn renderer(&self) -> Option<Box<dyn Render>> {
        Some(Box::new(RotationRenderer {
            title: "inverted pendulum",
            body: Body::Weight,
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

/// The derivative of a state by time under a voltage.
fn derivative([angle, speed]: State, voltage: f64) -> State {
    let motor = TORQUE_CONSTANT / RESISTANCE * voltage - TORQUE_CONSTANT * TORQUE_CONSTANT / RESISTANCE * speed;
    [speed, (MASS * GRAVITY * LENGTH * angle.sin() - FRICTION * speed + motor) / INERTIA]
}

/// The state some time later, in so many steps of the classical Runge–Kutta method of fourth order, without limits.
fn integrated(state: State, voltage: f64, substeps: usize) -> State {
    let seconds = SECONDS / substeps as f64;
    (0..substeps).fold(state, |state, _| {
        let along = |seconds: f64, slope: State| [state[0] + seconds * slope[0], state[1] + seconds * slope[1]];
        let k1 = derivative(state, voltage);
        let k2 = derivative(along(0.5 * seconds, k1), voltage);
        let k3 = derivative(along(0.5 * seconds, k2), voltage);
        let k4 = derivative(along(seconds, k3), voltage);
        [0, 1].map(|i| state[i] + seconds / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]))
    })
}

/// The state after one step under a voltage: the angle in [−π, π), the velocity within its limit.
fn after(state: State, voltage: f64) -> State {
    let [angle, speed] = integrated(state, voltage, SUBSTEPS);
    let wrapped = (angle + PI).rem_euclid(TAU) - PI;
    // Rounding may give π itself, which is −π.
    [if wrapped < PI { wrapped } else { -PI }, speed.clamp(-MAX_SPEED, MAX_SPEED)]
}

/// A weight on a disc that a DC motor turns. The motor is too weak to lift it at once: it has to swing first.
///
/// The task is that of Buşoniu, Babuška, De Schutter & Ernst, "Reinforcement Learning and Dynamic Programming Using Function
/// Approximators", 2010, with its constants. With the angle α from upright in rad and the voltage u in V,
///
/// α̈ = (m g l sin α − b α̇ − K²/R α̇ + K/R u) / J,
///
/// J = 1.91e-4 kg m², m = 0.055 kg, g = 9.81 m/s², l = 0.042 m, b = 3e-6 N m s/rad, K = 0.0536 N m/A, R = 9.5 Ω. A step is 0.005 s
/// under a constant voltage; then α is wrapped into [−π, π) and α̇ clipped to ±15π rad/s. Here a step is integrated by two steps of the
/// classical Runge–Kutta method. That is within 1e-8 rad and 1e-7 rad/s of the exact solution, which is less than observations
/// are rounded by; the book says no more than that it integrates numerically. The reward is −(5 α² + 0.1 α̇² + u²) of the state before
/// the step. The book discounts by γ = 0.98.
///
/// Observation: α, α̇. Actions: the voltages of a list, from −3 to 3 V. A reset draws α and then α̇ uniformly from all states, or
/// starts at α = −π at rest and draws nothing.
static INVERTED_PENDULUM: Dynamics = Dynamics {
    name: "the inverted pendulum",
    limits: [PI, MAX_SPEED],
    highest_angle: PI.next_down(),
    state_cost: [5.0, 0.1],
    input_cost: 1.0,
    after,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rng;

    /// States all over the space with the three voltages.
    fn states() -> impl Iterator<Item = (State, f64)> {
        let mut rng = Rng::from_seed(2);
        let states: Vec<State> = (0..500).map(|_| [PI, MAX_SPEED].map(|limit| rng.uniform(-limit, limit))).collect();
        states.into_iter().flat_map(|state| [-3.0, 0.0, 3.0].map(|voltage| (state, voltage)))
    }

    #[test]
    fn the_derivative_and_the_reward_are_those_worked_out_by_hand() {
        // Level: m g l = 0.0226611, K/R · 3 = 0.0169263…, (b + K²/R) · 10 = 0.00305417….
        let [speed, acceleration] = derivative([PI / 2.0, 10.0], 3.0);
        let expected = (0.022_661_1 + 0.016_926_316 - 0.003_054_168) / 1.91e-4;
        assert!(speed == 10.0 && (acceleration - expected).abs() < 1e-4, "{acceleration}, not {expected}");
        // 5 · 2² + 0.1 · 10² + 3²
        assert!((INVERTED_PENDULUM.reward([2.0, -10.0], 3.0) + 39.0).abs() < 1e-12);
    }

    #[test]
    fn the_integration_has_converged_with_fourth_order() {
        let error = |substeps: usize| -> [f64; 2] {
            states().fold([0.0; 2], |largest, (state, voltage)| {
                let (coarse, fine) = (integrated(state, voltage, substeps), integrated(state, voltage, 64));
                [0, 1].map(|i| f64::max(largest[i], (coarse[i] - fine[i]).abs()))
            })
        };
        let (used, halved) = (error(SUBSTEPS), error(2 * SUBSTEPS));
        assert!(used[0] < 1e-8 && used[1] < 1e-7, "{used:?}");
        for component in 0..2 {
            let order = (used[component] / halved[component]).log2();
            assert!((3.8..4.2).contains(&order), "order {order}");
        }
    }

    /// dE/dt is what the motor and friction do: the weight alone keeps its energy.
    #[test]
    fn gravity_keeps_the_energy() {
        for (state, voltage) in states() {
            let energy = |[angle, speed]: State| 0.5 * INERTIA * speed * speed + MASS * GRAVITY * LENGTH * angle.cos();
            let slope = derivative(state, voltage);
            let at = |seconds: f64| energy([state[0] + seconds * slope[0], state[1] + seconds * slope[1]]);
            let power = (at(1e-6) - at(-1e-6)) / 2e-6;
            let damping = FRICTION + TORQUE_CONSTANT * TORQUE_CONSTANT / RESISTANCE;
            let expected = (TORQUE_CONSTANT / RESISTANCE * voltage - damping * state[1]) * state[1];
            assert!((power - expected).abs() < 1e-8, "{state:?}: {power} W, not {expected} W");
        }
    }

    #[test]
    fn a_constant_voltage_does_not_lift_the_weight_but_swinging_does() {
        let highest = |policy: fn(State) -> f64| {
            let mut state = [-PI, 0.0];
            let angles = (0..1_000).map(|_| {
                state = after(state, policy(state));
                state[0].abs()
            });
            angles.fold(PI, f64::min)
        };
        for constant in [|_: State| 3.0, |_: State| -3.0] {
            let least = highest(constant);
            // 3 V push the weight to 99.6° from hanging down, where 180° is upright.
            assert!((least - (PI - 1.737_7)).abs() < 1e-3, "{least} rad from upright");
        }
        assert!(highest(|[_, speed]| if speed < 0.0 { -3.0 } else { 3.0 }) < 0.1, "pushing along swings it up");
    }

    #[test]
    fn angles_wrap_and_velocities_stay_within_their_limit() {
        let [angle, speed] = after([3.1, 47.0], 3.0);
        assert!((-PI..-2.5).contains(&angle) && speed < 47.2, "{angle}, {speed}");
        assert_eq!(after([-1.5, -47.12], -3.0)[1], -MAX_SPEED);
    }

    #[test]
    fn episodes_start_where_the_settings_say() {
        let mut rng = Rng::from_seed(0);
        let mut observation = [0.0; 2];
        let mut env = Motor::new(&INVERTED_PENDULUM, &[0.0], InvertedPendulumStart::Down.state());
        env.reset(&mut rng, &mut observation);
        assert_eq!((observation, &rng), ([-PI as f32, 0.0], &Rng::from_seed(0)));
        let mut env = Motor::new(&INVERTED_PENDULUM, &[0.0], InvertedPendulumStart::Uniform.state());
        let starts = (0..2_000).map(|_| {
            env.reset(&mut rng, &mut observation);
            observation
        });
        let (left, fast) = starts.fold((0, 0), |(left, fast), [angle, speed]| {
            (left + u32::from(angle < 0.0), fast + u32::from(speed.abs() > 0.5 * MAX_SPEED as f32))
        });
        assert!((900..1_100).contains(&left) && (900..1_100).contains(&fast), "{left}, {fast} of 2,000");
    }
}
