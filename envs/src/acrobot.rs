//! Acrobot: a gymnast of two links who swings up by bending at the hip.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::power::square;
use crate::registry::Part;
use crate::render::{AcrobotRenderer, Render};
use crate::{
    Component, ConfigError, Ending, Env, Environment, Rng, Space, StateError, Step, TimeLimit, saved_state, time_limit,
};

const MASS: f64 = 1.0; // kg, of each link
const LENGTH: f64 = 1.0; // m, of each link
const TO_CENTRE: f64 = 0.5; // m, from a link's joint to its centre of mass
const INERTIA: f64 = 1.0; // kg m², of each link
const GRAVITY: f64 = 9.8; // m/s²
const SECONDS: f64 = 0.2; // from one step to the next
const MAX_SPEEDS: [f64; 2] = [4.0 * PI, 9.0 * PI]; // rad/s
pub(crate) const TORQUES: [f64; 3] = [-1.0, 0.0, 1.0]; // N m
pub(crate) const ACTIONS: [&str; 3] = ["−1 N m", "0 N m", "1 N m"];
const START: f64 = 0.1; // the components of a first state lie in ±START

/// The settings of acrobot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AcrobotConfig {
    /// The longest episode, in steps: 500 is Acrobot-v1.
    #[schemars(range(min = 1))]
    pub time_limit: u32,
}

impl Default for AcrobotConfig {
    fn default() -> Self {
        AcrobotConfig { time_limit: 500 }
    }
}

impl Part for AcrobotConfig {
    const ID: &'static str = "acrobot";
    const SUMMARY: &'static str = "swing up two links by a torque between them; Gymnasium's Acrobot-v1";
}

impl Environment for AcrobotConfig {
    fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
        Ok(Box::new(TimeLimit::new(Acrobot::new(), time_limit::check(self.time_limit)?)))
    }

    /// Gymnasium's −100. A limit of fewer steps gives a larger return than that to every policy, so there is none.
    fn reward_threshold(&self) -> Option<f64> {
        (self.time_limit > 100).then_some(-100.0)
    }

    fn renderer(&self) -> Option<Box<dyn Render>> {
        Some(Box::new(AcrobotRenderer))
    }

    fn components(&self) -> Vec<Component> {
        let names = ["cos θ₁", "sin θ₁", "cos θ₂", "sin θ₂", "velocity of θ₁ (rad/s)", "velocity of θ₂ (rad/s)"];
        names.map(Component::new).to_vec()
    }

    fn action_names(&self) -> Vec<String> {
        ACTIONS.map(str::to_owned).to_vec()
    }

    /// The velocities, whose signs decide most about the torque that adds energy.
    fn map_axes(&self) -> Option<[usize; 2]> {
        Some([4, 5])
    }
}

/// θ₁, θ₂ in rad and their velocities in rad/s, in f64.
type State = [f64; 4];

/// The derivative of a state by time under a torque between the links, in N m.
///
/// The equations are those of Sutton & Barto's book, in Gymnasium's order of operations. Every operation rounds, so another order
/// gives other trajectories. What is multiplied by 1 there is left out, for that changes nothing.
#[inline]
fn derivative([theta1, theta2, speed1, speed2]: State, torque: f64) -> State {
    const COUPLING: f64 = MASS * LENGTH * TO_CENTRE;
    const OWN: f64 = MASS * TO_CENTRE * TO_CENTRE;
    let (sin2, cos2) = theta2.sin_cos();
    let d1 =
        OWN + MASS * (LENGTH * LENGTH + TO_CENTRE * TO_CENTRE + 2.0 * LENGTH * TO_CENTRE * cos2) + INERTIA + INERTIA;
    let d2 = MASS * (TO_CENTRE * TO_CENTRE + LENGTH * TO_CENTRE * cos2) + INERTIA;
    let phi2 = MASS * TO_CENTRE * GRAVITY * (theta1 + theta2 - FRAC_PI_2).cos();
    let phi1 = -COUPLING * square(speed2) * sin2 - 2.0 * COUPLING * speed2 * speed1 * sin2
        + (MASS * TO_CENTRE + MASS * LENGTH) * GRAVITY * (theta1 - FRAC_PI_2).cos()
        + phi2;
    let acceleration2 =
        (torque + d2 / d1 * phi1 - COUPLING * square(speed1) * sin2 - phi2) / (OWN + INERTIA - square(d2) / d1);
    let acceleration1 = -(d2 * acceleration2 + phi1) / d1;
    [speed1, speed2, acceleration1, acceleration2]
}

/// One step of the classical Runge–Kutta method of fourth order, without limits.
#[inline]
fn runge_kutta(state: State, torque: f64) -> State {
    const HALF: f64 = SECONDS / 2.0;
    let along = |seconds: f64, slope: State| std::array::from_fn(|i| state[i] + seconds * slope[i]);
    let k1 = derivative(state, torque);
    let k2 = derivative(along(HALF, k1), torque);
    let k3 = derivative(along(HALF, k2), torque);
    let k4 = derivative(along(SECONDS, k3), torque);
    std::array::from_fn(|i| state[i] + SECONDS / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]))
}

/// The angle in [−π, π], by whole turns.
#[inline]
fn wrapped(mut angle: f64) -> f64 {
    while angle > PI {
        angle -= TAU;
    }
    while angle < -PI {
        angle += TAU;
    }
    angle
}

/// The state after one step under a torque.
#[inline]
fn after(state: State, torque: f64) -> State {
    let [theta1, theta2, speed1, speed2] = runge_kutta(state, torque);
    let [limit1, limit2] = MAX_SPEEDS;
    [wrapped(theta1), wrapped(theta2), speed1.clamp(-limit1, limit1), speed2.clamp(-limit2, limit2)]
}

/// Whether the tip is more than a link's length above the fixed joint.
#[inline]
fn is_up([theta1, theta2, ..]: State) -> bool {
    -theta1.cos() - (theta2 + theta1).cos() > 1.0
}

/// Sine and cosine of an angle in ±0.1 rad as NumPy computes them for single precision on processors with fused multiply–add.
///
/// They are polynomials whose last bit differs from that of the rounded sine in one of some thousand angles. Gymnasium's first
/// state is in single precision, so the first observation of an episode has these numbers. Outside ±π/4 they mean nothing.
fn single_precision_sin_cos(x: f32) -> (f32, f32) {
    const SIN: [f32; 4] = [2.840_409_7e-6, -1.985_649_1e-4, 8.333_397e-3, -0.166_666_67];
    const COS: [f32; 5] = [2.437_226_6e-5, -1.388_652e-3, 4.166_662e-2, -0.5, 1.0];
    let square = x * x;
    let polynomial = |coefficients: &[f32]| {
        let (first, rest) = (coefficients[0], &coefficients[1..]);
        rest.iter().fold(first, |sum, &coefficient| sum.mul_add(square, coefficient))
    };
    ((polynomial(&SIN) * square).mul_add(x, x), polynomial(&COS))
}

/// Two links in a chain that hangs from a fixed joint, with a motor between them: the tip has to swing up.
///
/// The task is that of Sutton, "Generalization in Reinforcement Learning: Successful Examples Using Sparse Coarse Coding", 1996,
/// with the equations of Sutton & Barto, "Reinforcement Learning: An Introduction", 1998 (first edition), section 11.3, as
/// Gymnasium's Acrobot-v1 integrates them. This follows Gymnasium to the bit: state in f64, constants, order of operations,
/// observations rounded to f32. θ₁ is the angle of the first link from hanging down, θ₂ that of the second from the first one,
/// both in rad in [−π, π]; the velocities are clipped to ±4π and ±9π rad/s. One step is 0.2 s, a single step of the classical
/// Runge–Kutta method. Links are 1 m long and weigh 1 kg.
///
/// Observation: cos θ₁, sin θ₁, cos θ₂, sin θ₂ and the velocities. Actions: torques of −1, 0 and 1 N m. Every step gives a
/// reward of −1, except the last one's 0: the episode terminates when −cos θ₁ − cos(θ₁ + θ₂) > 1, that is when the tip
/// is more than 1 m above the fixed joint; the time limit is [`TimeLimit`]'s.
///
/// A reset draws the four components uniformly from [−0.1, 0.1), in the order of the state, and rounds them to f32. A step draws nothing.
///
/// The last bits of a trajectory are those of the C library's sine, cosine and `pow`, as in Python. glibc's depend in about one of
/// 1,400 arguments on whether the processor has fused multiply–add. A step needs 28 of them and the motion amplifies every
/// difference, so an episode there and here may part in the last digits of its observations.
///
/// Saved state: θ₁, θ₂, their velocities; 1 while an episode is running, else 0.
#[derive(Clone, Debug)]
pub struct Acrobot {
    state: State,
    running: bool,
    space: Space,
}

impl Acrobot {
    /// Acrobot before its first reset, without a time limit.
    pub fn new() -> Self {
        let [limit1, limit2] = MAX_SPEEDS.map(|limit| limit as f32);
        let high = vec![1.0, 1.0, 1.0, 1.0, limit1, limit2];
        let space = Space::Box { low: high.iter().map(|bound| -bound).collect(), high };
        Acrobot { state: [0.0; 4], running: false, space }
    }
}

impl Default for Acrobot {
    fn default() -> Self {
        Self::new()
    }
}

fn write(observation: &mut [f32], angles: [(f32, f32); 2], [_, _, speed1, speed2]: State) {
    assert!(observation.len() == 6, "an observation of acrobot has 6 numbers");
    let [(sin1, cos1), (sin2, cos2)] = angles;
    observation.copy_from_slice(&[cos1, sin1, cos2, sin2, speed1 as f32, speed2 as f32]);
}

impl Env for Acrobot {
    fn observation_space(&self) -> &Space {
        &self.space
    }

    fn actions(&self) -> usize {
        TORQUES.len()
    }

    fn reset(&mut self, rng: &mut Rng, observation: &mut [f32]) {
        let start: [f32; 4] = std::array::from_fn(|_| rng.uniform(-START, START) as f32);
        self.state = start.map(f64::from);
        self.running = true;
        write(observation, [start[0], start[1]].map(single_precision_sin_cos), self.state);
    }

    fn step(&mut self, action: usize, _: &mut Rng, observation: &mut [f32]) -> Step {
        assert!(self.running, "no episode is running: reset the environment before the next step");
        assert!(action < TORQUES.len(), "acrobot has actions 0 to 2");
        self.state = after(self.state, TORQUES[action]);
        self.running = !is_up(self.state);
        let angles = [self.state[0], self.state[1]].map(|angle| {
            let (sin, cos) = angle.sin_cos();
            (sin as f32, cos as f32)
        });
        write(observation, angles, self.state);
        if self.running {
            Step { reward: -1.0, ending: Ending::Continues }
        } else {
            Step { reward: 0.0, ending: Ending::Terminated }
        }
    }

    fn is_running(&self) -> bool {
        self.running
    }

    fn state(&self) -> Vec<f64> {
        let mut state = self.state.to_vec();
        state.push(f64::from(self.running));
        state
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), StateError> {
        let [theta1, theta2, speed1, speed2, running] = saved_state::of_length(state, "acrobot")?;
        let [limit1, limit2] = MAX_SPEEDS;
        let state = [
            saved_state::between(theta1, -PI, PI, "the first angle")?,
            saved_state::between(theta2, -PI, PI, "the second angle")?,
            saved_state::between(speed1, -limit1, limit1, "the velocity of the first angle")?,
            saved_state::between(speed2, -limit2, limit2, "the velocity of the second angle")?,
        ];
        let running = saved_state::flag(running, "whether an episode is running")?;
        if running && is_up(state) {
            return Err(StateError(format!("no episode of acrobot can be running with its tip up, at {state:?}")));
        }
        (self.state, self.running) = (state, running);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kinetic and potential energy in J. The book's equations are those of two rods with a moment of inertia of 1 kg m² about
    /// their centres.
    fn energy([theta1, theta2, speed1, speed2]: State) -> f64 {
        let both = speed1 + speed2;
        let joint = 0.5 * speed1 * speed1;
        let first = 0.5 * (0.25 + 1.0) * speed1 * speed1;
        let second = joint + 0.5 * speed1 * both * theta2.cos() + 0.5 * (0.25 + 1.0) * both * both;
        first + second - 9.8 * (0.5 * theta1.cos() + theta1.cos() + 0.5 * (theta1 + theta2).cos())
    }

    #[test]
    fn the_derivative_is_that_worked_out_by_hand() {
        // Hanging down at rest: cos(−π/2) = 0, so d1 = 4.5, d2 = 1.75, φ1 = φ2 = 0.
        let [_, _, acceleration1, acceleration2] = derivative([0.0; 4], 1.0);
        let expected = 1.0 / (1.25 - 1.75 * 1.75 / 4.5);
        assert!((acceleration2 - expected).abs() < 1e-14, "{acceleration2}");
        assert!((acceleration1 + 1.75 * expected / 4.5).abs() < 1e-14, "{acceleration1}");
    }

    /// dE/dt is the torque times the velocity of the joint that it acts on: an independent check of every term.
    #[test]
    fn the_torque_alone_changes_the_energy() {
        let mut rng = Rng::from_seed(3);
        for _ in 0..200 {
            let state: State = [PI, PI, 3.0, 5.0].map(|limit| rng.uniform(-limit, limit));
            for torque in TORQUES {
                let slope = derivative(state, torque);
                let at = |seconds: f64| energy(std::array::from_fn(|i| state[i] + seconds * slope[i]));
                let power = (at(1e-5) - at(-1e-5)) / 2e-5;
                assert!((power - torque * state[3]).abs() < 1e-4, "{state:?}: {power} W");
            }
        }
    }

    #[test]
    fn limits_wrap_angles_and_clip_velocities() {
        assert_eq!([wrapped(PI), wrapped(-PI), wrapped(1.0)], [PI, -PI, 1.0]);
        assert!((wrapped(PI + 0.5) - (0.5 - PI)).abs() < 1e-15 && (wrapped(-20.0) - (6.0 * PI - 20.0)).abs() < 1e-14);
        let [.., speed1, speed2] = after([0.3, 0.1, 4.0 * PI, -9.0 * PI], 1.0);
        assert!(speed1.abs() <= 4.0 * PI && speed2.abs() <= 9.0 * PI);
    }

    #[test]
    fn the_tip_is_up_when_it_is_a_link_above_the_joint() {
        assert!(is_up([PI, 0.0, 0.0, 0.0]) && !is_up([0.0; 4]));
        // With the first link up, the tip is above it while the second one is less than 90° off.
        assert!(!is_up([PI, PI, 0.0, 0.0]) && is_up([PI, 1.5, 0.0, 0.0]) && !is_up([PI, 1.6, 0.0, 0.0]));
    }

    /// An angle with NumPy's sine and cosine, where one of them is not the nearest number.
    const NUMPY: [(f32, f32, f32); 4] = [
        (0.087_961_726, 0.087_848_336, 0.996_133_86),
        (0.099_421_084, 0.099_257_37, 0.995_061_8),
        (0.088_147_745, 0.088_033_64, 0.996_117_5),
        (-0.058_995_172, -0.058_960_956, 0.998_260_26),
    ];

    /// Numbers of NumPy 2.4.6, `numpy.sin(numpy.float32(x))` and its cosine, which are not the nearest ones.
    #[test]
    fn single_precision_has_numpys_last_bit() {
        for (x, sin, cos) in NUMPY {
            let (our_sin, our_cos) = single_precision_sin_cos(x);
            assert_eq!((our_sin, our_cos), (sin, cos), "{x}");
            let (exact_sin, exact_cos) = f64::from(x).sin_cos();
            assert!((exact_sin as f32, exact_cos as f32) != (sin, cos), "the rounded sine and cosine would do for {x}");
        }
    }
}
