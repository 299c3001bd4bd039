//! Optimizers against independent implementations in double precision, and their first steps by hand.

#![allow(clippy::unwrap_used)] // a test that meets an error has failed

use std::ops::Range;

use tilde::optim::{Optimizer, OptimizerConfig, OptimizerState, ParamRange, optimizers};

/// One parameter of the independent implementation, with its moments.
#[derive(Clone, Debug, Default)]
struct Cell {
    theta: f64,
    m: f64,
    v: f64,
}

/// One update of one parameter, written as its equation is published: the parameter, its gradient, the number of the
/// step and the learning rate.
type Rule = fn(&mut Cell, f64, i32, f64);

/// An optimizer, with other settings than the defaults where the defaults would hide a mistake.
struct Case {
    id: &'static str,
    settings: &'static str,
    rule: Rule,
}

impl Case {
    fn config(&self, more: &str) -> OptimizerConfig {
        config(self.id, &format!("{}{more}", self.settings))
    }

    fn clips(&self) -> bool {
        self.id != "normalized_gradient"
    }
}

/// The optimizer `id` with these settings (each behind a comma) besides the learning rate, from the text of a config
/// file.
fn config(id: &str, settings: &str) -> OptimizerConfig {
    toml::from_str(&format!("{id} = {{ learning_rate = {RATE}{settings} }}")).unwrap()
}

const RATE: f64 = 0.02;

const INSIDE: &str = ", beta_1 = 0.5, beta_2 = 0.9, epsilon = 0.1, epsilon_inside_root = true";

#[rustfmt::skip] // one optimizer, one line, where it fits
const CASES: [Case; 11] = [
    Case { id: "sgd", settings: "", rule: |c, g, _, a| c.theta -= a * g },
    Case { id: "momentum", settings: "", rule: |c, g, _, a| { c.m = 0.9 * c.m + g; c.theta -= a * c.m; } },
    Case { id: "momentum", settings: ", form = 'weighted', beta = 0.8", rule: |c, g, _, a| {
        c.m = 0.8 * c.m + (1.0 - 0.8) * g;
        c.theta -= a * c.m;
    } },
    // The gradient comes divided by its norm.
    Case { id: "normalized_gradient", settings: "", rule: |c, g, _, a| c.theta -= a * g },
    Case { id: "normalized_gradient", settings: ", form = 'pointwise'", rule: |c, g, _, a| c.theta -= a * g / g.abs() },
    Case { id: "rmsprop", settings: "", rule: |c, g, _, a| rmsprop(c, g, a, 0.99, 1e-8) },
    Case { id: "rmsprop", settings: ", rho = 0.9, epsilon = 0.1", rule: |c, g, _, a| rmsprop(c, g, a, 0.9, 0.1) },
    Case { id: "rmsprop", settings: ", rho = 0.9, epsilon = 0.1, epsilon_inside_root = true", rule: |c, g, _, a| {
        c.v = 0.9 * c.v + (1.0 - 0.9) * g * g;
        c.theta -= a * g / (c.v + 0.1).sqrt();
    } },
    Case { id: "adam", settings: "", rule: |c, g, t, a| {
        let (m_hat, v_hat) = adam_moments(c, g, t, 0.9, 0.999);
        c.theta -= a * m_hat / (v_hat.sqrt() + 1e-8);
    } },
    Case { id: "adam", settings: INSIDE, rule: |c, g, t, a| {
        let (m_hat, v_hat) = adam_moments(c, g, t, 0.5, 0.9);
        c.theta -= a * m_hat / (v_hat + 0.1).sqrt();
    } },
    Case { id: "adamw", settings: ", weight_decay = 0.5", rule: |c, g, t, a| {
        c.theta -= a * 0.5 * c.theta;
        let (m_hat, v_hat) = adam_moments(c, g, t, 0.9, 0.999);
        c.theta -= a * m_hat / (v_hat.sqrt() + 1e-8);
    } },
];

fn rmsprop(cell: &mut Cell, g: f64, rate: f64, rho: f64, epsilon: f64) {
    cell.v = rho * cell.v + (1.0 - rho) * g * g;
    cell.theta -= rate * g / (cell.v.sqrt() + epsilon);
}

fn adam_moments(cell: &mut Cell, g: f64, t: i32, beta_1: f64, beta_2: f64) -> (f64, f64) {
    cell.m = beta_1 * cell.m + (1.0 - beta_1) * g;
    cell.v = beta_2 * cell.v + (1.0 - beta_2) * g * g;
    (cell.m / (1.0 - beta_1.powi(t)), cell.v / (1.0 - beta_2.powi(t)))
}

/// No multiple of the learning rate: at zero, the sign of a gradient would be decided by rounding.
const START: [f32; 12] =
    [1.0033, -2.0033, 0.5033, 3.0033, 0.2533, -1.5033, 0.7533, -0.1283, 2.0033, -1.0033, 1.2533, -0.5033];

/// The gradient of Σ cᵢ θᵢ⁴ / 4, which changes in size and sign along the way: cᵢ θᵢ³.
fn gradient(theta: &[f64]) -> Vec<f64> {
    theta.iter().enumerate().map(|(i, t)| if i < 4 { t.powi(3) } else { 2.0 * t.powi(3) }).collect()
}

fn single(values: &[f64]) -> Vec<f32> {
    values.iter().map(|v| *v as f32).collect()
}

fn double(values: &[f32]) -> Vec<f64> {
    values.iter().map(|v| f64::from(*v)).collect()
}

fn norm(vector: &[f64]) -> f64 {
    vector.iter().map(|v| v * v).sum::<f64>().sqrt()
}

fn range(range: Range<usize>, factor: f32) -> ParamRange {
    ParamRange { range, factor }
}

fn all() -> Vec<ParamRange> {
    vec![range(0..START.len(), 1.0)]
}

/// A hundred steps of the independent implementation, where step t is over `ranges(t)` only.
fn by_the_equation(case: &Case, ranges: impl Fn(i32) -> Vec<ParamRange>, max_norm: Option<f64>) -> Vec<f64> {
    let mut cells: Vec<Cell> = START.iter().map(|t| Cell { theta: f64::from(*t), ..Cell::default() }).collect();
    for t in 1..=100 {
        let gradient = gradient(&cells.iter().map(|c| c.theta).collect::<Vec<_>>());
        let active: Vec<(usize, f64)> =
            ranges(t).into_iter().flat_map(|s| s.range.map(move |i| (i, f64::from(s.factor)))).collect();
        let norm = norm(&active.iter().map(|(i, _)| gradient[*i]).collect::<Vec<_>>());
        let scale = match max_norm {
            _ if case.id == "normalized_gradient" => 1.0 / norm,
            Some(max) if norm > max => max / norm,
            _ => 1.0,
        };
        for (i, factor) in active {
            (case.rule)(&mut cells[i], scale * gradient[i], t, RATE * factor);
        }
    }
    cells.into_iter().map(|c| c.theta).collect()
}

/// The same hundred steps of the optimizer. The gradient outside the ranges is NaN, which nobody may read.
fn by_the_optimizer(config: &OptimizerConfig, ranges: impl Fn(i32) -> Vec<ParamRange>) -> Vec<f64> {
    let (mut theta, mut optimizer) = (START, Optimizer::new(config, START.len()));
    for t in 1..=100 {
        let (ranges, dense) = (ranges(t), single(&gradient(&double(&theta))));
        let mut sparse = [f32::NAN; START.len()];
        ranges.iter().for_each(|s| sparse[s.range.clone()].copy_from_slice(&dense[s.range.clone()]));
        let active: Vec<f32> = ranges.iter().flat_map(|s| sparse[s.range.clone()].to_vec()).collect();
        let reported = optimizer.step(&mut theta, &sparse, &ranges, RATE);
        assert!((reported / norm(&double(&active)) - 1.0).abs() < 1e-12, "the norm is that before clipping");
    }
    double(&theta)
}

fn assert_same(case: &Case, ranges: impl Fn(i32) -> Vec<ParamRange> + Copy) {
    for max_norm in [None, Some(5.0), Some(0.1)].into_iter().filter(|max| max.is_none() || case.clips()) {
        let clipping = max_norm.map_or(String::new(), |max| format!(", max_grad_norm = {max:?}"));
        let expected = by_the_equation(case, ranges, max_norm);
        let found = by_the_optimizer(&case.config(&clipping), ranges);
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-4, "{} {max_norm:?}: {found} is not {expected}", case.id);
        }
        assert!(expected.iter().zip(START).any(|(e, start)| (e - f64::from(start)).abs() > 0.01), "it moves");
    }
}

#[test]
fn every_listed_optimizer_has_an_independent_implementation_here() {
    for entry in optimizers().all() {
        assert!(CASES.iter().any(|case| case.id == entry.id), "give `{}` a case in this test", entry.id);
    }
}

#[test]
fn a_hundred_steps_are_those_of_the_equations_with_and_without_clipping() {
    CASES.iter().for_each(|case| assert_same(case, |_| all()));
}

#[test]
fn factors_multiply_the_learning_rate_of_their_range() {
    let ranges = |_| vec![range(0..1, 0.5), range(1..3, 1.0), range(3..12, 0.25)];
    CASES.iter().for_each(|case| assert_same(case, ranges));
}

/// Ranges of 1, 2, 3, 4 and 2 parameters, each in some steps and not in others.
fn rows(t: i32) -> Vec<ParamRange> {
    let rows = [(range(0..1, 1.0), 2), (range(1..3, 0.5), 3), (range(3..6, 1.0), 4), (range(6..10, 2.0), 5)];
    let mut active: Vec<ParamRange> =
        rows.into_iter().filter(|(_, period)| t % period != 0).map(|(range, _)| range).collect();
    active.push(range(10..12, 1.0));
    active
}

#[test]
fn parameters_outside_the_ranges_and_their_moments_wait() {
    CASES.iter().for_each(|case| assert_same(case, rows));
}

#[test]
fn a_range_that_is_left_out_keeps_its_state_to_the_bit() {
    for case in &CASES {
        let mut optimizer = Optimizer::new(&case.config(""), 4);
        let mut theta = [1.0, 2.0, 3.0, 4.0];
        optimizer.step(&mut theta, &[1.0; 4], &[range(0..4, 1.0)], RATE);
        let (before, state) = (theta, optimizer.state().clone());
        optimizer.step(&mut theta, &[1.0; 4], &[range(0..2, 1.0)], RATE);
        assert_eq!(before[2..], theta[2..]);
        for (old, new) in [(&state.first, &optimizer.state().first), (&state.second, &optimizer.state().second)] {
            assert!(old.is_empty() || (old[..2] != new[..2] && old[2..] == new[2..]), "{}", case.id);
        }
        assert_eq!(optimizer.state().steps, 2, "the count is of all steps");
    }
}

#[test]
fn one_long_range_and_many_short_ones_are_the_same_step() {
    for case in &CASES {
        let many: Vec<ParamRange> = [0..1, 1..3, 3..6, 6..10, 10..12].map(|indices| range(indices, 1.0)).into();
        let (long, short) =
            (by_the_optimizer(&case.config(""), |_| all()), by_the_optimizer(&case.config(""), |_| many.clone()));
        for (long, short) in long.iter().zip(&short) {
            // The norms differ in their last digit, by the order of the additions.
            assert!((long - short).abs() < 1e-6, "{}", case.id);
        }
    }
}

/// Where `steps` steps of α = 1/2 lead from θ = 1 under a gradient that stays.
fn walk<const N: usize>(id: &str, settings: &str, gradient: [f32; N], steps: usize) -> [f32; N] {
    let (mut theta, mut optimizer) = ([1.0; N], Optimizer::new(&config(id, settings), N));
    for _ in 0..steps {
        optimizer.step(&mut theta, &gradient, &[range(0..N, 1.0)], 0.5);
    }
    theta
}

#[track_caller]
fn assert_close<const N: usize>(found: [f32; N], expected: [f32; N]) {
    assert!(found.iter().zip(&expected).all(|(f, e)| (f - e).abs() < 1e-6), "{found:?} is not {expected:?}");
}

#[test]
fn sgd_by_hand() {
    assert_eq!(walk("sgd", "", [3.0, 4.0], 1), [-0.5, -1.0]);
    // ‖g‖ = 5 is clipped to 2.5, which halves it.
    assert_eq!(walk("sgd", ", max_grad_norm = 2.5", [3.0, 4.0], 1), [0.25, 0.0]);
    assert_eq!(walk("sgd", ", max_grad_norm = 5.0", [3.0, 4.0], 1), [-0.5, -1.0]);
}

#[test]
fn sgd_is_one_product_and_one_difference_in_single_precision() {
    let (rate, factor, g, theta) = (0.1, 0.3_f32, 0.7_f32, 0.9_f32);
    let mut moved = [theta; 9];
    Optimizer::new(&config("sgd", ""), 9).step(&mut moved, &[g; 9], &[range(0..1, factor), range(1..9, 1.0)], rate);
    assert_eq!(moved[0], theta - (rate as f32 * factor) * g);
    assert_eq!(moved[1..], [theta - rate as f32 * g; 8]);
}

#[test]
fn momentum_by_hand() {
    // m = 3, then 0.9 · 3 + 3 = 5.7: θ = 1 − 1.5 − 2.85.
    assert_close(walk("momentum", "", [3.0], 1), [-0.5]);
    assert_close(walk("momentum", "", [3.0], 2), [-3.35]);
    // m = 0.3, then 0.27 + 0.3 = 0.57: θ = 1 − 0.15 − 0.285.
    assert_close(walk("momentum", ", form = 'weighted'", [3.0], 1), [0.85]);
    assert_close(walk("momentum", ", form = 'weighted'", [3.0], 2), [0.565]);
}

#[test]
fn normalized_gradient_by_hand() {
    // g / ‖g‖ = (0.6, 0.8).
    assert_close(walk("normalized_gradient", "", [3.0, 4.0], 1), [0.7, 0.6]);
    assert_eq!(walk("normalized_gradient", "", [0.0, 0.0], 1), [1.0, 1.0]);
}

#[test]
fn a_normalized_step_is_as_long_as_the_learning_rate_however_long_the_gradient() {
    for size in [1e-40_f32, 1e-20, 1.0, 1e20, 1e38] {
        let mut theta = [0.0; 2];
        let gradient = [0.6 * size, 0.8 * size];
        let optimizer = &mut Optimizer::new(&config("normalized_gradient", ""), 2);
        optimizer.step(&mut theta, &gradient, &[range(0..1, 1.0), range(1..2, 1.0)], 0.25);
        assert!((norm(&double(&theta)) - 0.25).abs() < 1e-7, "{theta:?} under {gradient:?}");
    }
}

#[test]
fn a_pointwise_normalized_gradient_by_hand() {
    // Each component by its own magnitude: (3, −2, 5) becomes (1, −1, 1), and zero stays zero.
    let pointwise = |gradient: [f32; 3]| walk("normalized_gradient", ", form = 'pointwise'", gradient, 1);
    assert_eq!(pointwise([3.0, -2.0, 5.0]), [0.5, 1.5, 0.5]);
    assert_eq!(pointwise([1e-40, -1e38, 0.0]), [0.5, 1.5, 1.0]);
    assert_eq!(pointwise([-0.0; 3]), [1.0; 3]);
    assert!(pointwise([f32::NAN; 3])[0].is_nan(), "NaN is kept, so that it is noticed");
    let named = |form: &str| walk("normalized_gradient", form, [3.0, 4.0], 1);
    assert_eq!(named(", form = 'norm'"), named(""), "the whole gradient is the default");
}

#[test]
fn rmsprop_by_hand() {
    // v = 0.01 g², so g / √v = 10 whatever g is.
    assert_close(walk("rmsprop", "", [3.0, -4.0], 1), [-4.0, 6.0]);
    // With ρ = 0 it is √v = |g| = 3, and 3 / (3 + 2) = 0.6.
    assert_close(walk("rmsprop", ", rho = 0.0, epsilon = 2.0", [3.0], 1), [0.7]);
    // Inside the root 3 / √(9 + 16) is the same; and with v = 0.9 · 0 + 0.1 · 9 it is 3 / √(0.9 + 8.1) = 1.
    assert_close(walk("rmsprop", ", rho = 0.0, epsilon = 16.0, epsilon_inside_root = true", [3.0], 1), [0.7]);
    assert_close(walk("rmsprop", ", rho = 0.9, epsilon = 8.1, epsilon_inside_root = true", [3.0], 1), [0.5]);
}

#[test]
fn adam_by_hand() {
    // m̂ = g and v̂ = g²: the first step is α, against the sign of the gradient.
    assert_close(walk("adam", "", [3.0, -4.0], 1), [0.5, 1.5]);
    // 3 / (3 + 2) = 0.6, and 3 / √(9 + 16) = 0.6.
    assert_close(walk("adam", ", epsilon = 2.0", [3.0], 1), [0.7]);
    assert_close(walk("adam", ", epsilon = 16.0, epsilon_inside_root = true", [3.0], 1), [0.7]);
}

#[test]
fn adamw_by_hand() {
    // θ = 1 − 0.5 · 0.1 · 1 − 0.5.
    assert_close(walk("adamw", ", weight_decay = 0.1", [3.0], 1), [0.45]);
    // PyTorch's default is 0.01, ten times that of some libraries.
    assert_close(walk("adamw", "", [3.0], 1), [0.495]);
    assert_eq!(walk("adamw", ", weight_decay = 0.0", [3.0, -4.0], 9), walk("adam", "", [3.0, -4.0], 9));
}

fn step(theta: &mut [f32], optimizer: &mut Optimizer) {
    let gradient = single(&gradient(&double(theta)));
    optimizer.step(theta, &gradient, &all(), RATE);
}

#[test]
fn a_restored_optimizer_goes_on_exactly() {
    for config in CASES.iter().map(|case| case.config("")) {
        let (mut theta, mut optimizer) = (START, Optimizer::new(&config, START.len()));
        (0..5).for_each(|_| step(&mut theta, &mut optimizer));
        let saved = postcard::to_stdvec(optimizer.state()).unwrap();
        let (mut other_theta, mut other) = (theta, Optimizer::new(&config, START.len()));
        other.restore(postcard::from_bytes(&saved).unwrap()).unwrap();
        (0..5).for_each(|_| step(&mut theta, &mut optimizer));
        (0..5).for_each(|_| step(&mut other_theta, &mut other));
        assert_eq!(theta, other_theta);
        assert_eq!(optimizer.state(), other.state());
    }
}

#[test]
fn a_state_of_another_length_is_refused_and_changes_nothing() {
    for config in CASES.iter().map(|case| case.config("")) {
        let mut optimizer = Optimizer::new(&config, START.len());
        step(&mut START.clone(), &mut optimizer);
        let before = optimizer.state().clone();
        let longer = OptimizerState { steps: 7, first: vec![0.0; 13], second: vec![0.0; 13] };
        assert!(optimizer.restore(longer).unwrap_err().contains("same settings"));
        assert_eq!(*optimizer.state(), before);
    }
}

#[test]
fn a_state_of_an_optimizer_with_other_moments_is_refused() {
    let state = |id| Optimizer::new(&config(id, ""), 3).state().clone();
    assert!(Optimizer::new(&config("adam", ""), 3).restore(state("momentum")).is_err());
    assert!(Optimizer::new(&config("momentum", ""), 3).restore(state("rmsprop")).is_err());
    assert!(Optimizer::new(&config("adamw", ""), 3).restore(state("adam")).is_ok());
}

#[test]
fn each_optimizer_keeps_the_state_that_it_says() {
    for (case, numbers) in CASES.iter().zip([0, 1, 1, 0, 0, 1, 1, 1, 2, 2, 2]) {
        let config = case.config("");
        assert_eq!(config.id(), case.id);
        assert_eq!(config.state_per_parameter(), numbers, "{}", case.id);
        let optimizer = Optimizer::new(&config, 5);
        assert_eq!(optimizer.state().first.len() + optimizer.state().second.len(), 5 * numbers);
    }
}

#[test]
fn settings_that_are_written_read_the_same() {
    for config in CASES.iter().map(|case| case.config("")) {
        assert_eq!(config.check(), Ok(()));
        assert_eq!(config.learning_rate().value(0, 100), RATE);
        assert_eq!(toml::from_str::<OptimizerConfig>(&toml::to_string(&config).unwrap()).unwrap(), config);
    }
}

#[test]
fn settings_that_an_optimizer_does_not_have_are_refused() {
    for (id, setting) in [
        ("sgd", "beta = 0.9"),
        ("momentum", "form = 'nesterov'"),
        ("normalized_gradient", "max_grad_norm = 1.0"),
        ("normalized_gradient", "form = 'sign'"),
        ("rmsprop", "alpha = 0.99"),
        ("adam", "weight_decay = 0.01"),
        ("adamw", "epsilon_inside_root = true"),
    ] {
        let text = format!("{id} = {{ learning_rate = 0.1, {setting} }}");
        assert!(toml::from_str::<OptimizerConfig>(&text).is_err(), "{text}");
        assert!(toml::from_str::<OptimizerConfig>(&format!("{id} = {{}}")).is_err(), "a learning rate is required");
    }
}

#[test]
fn settings_out_of_range_are_found_under_their_key() {
    for (id, setting, key) in [
        ("sgd", ", max_grad_norm = 0.0", "sgd.max_grad_norm"),
        ("momentum", ", beta = 1.0", "momentum.beta"),
        ("momentum", ", beta = -0.1", "momentum.beta"),
        // 1 as a 32-bit float.
        ("momentum", ", beta = 0.9999999999", "momentum.beta"),
        ("rmsprop", ", rho = 1.0", "rmsprop.rho"),
        ("rmsprop", ", epsilon = 0.0", "rmsprop.epsilon"),
        ("adam", ", beta_1 = 1.0", "adam.beta_1"),
        ("adam", ", beta_2 = nan", "adam.beta_2"),
        // 0 as a 32-bit float.
        ("adam", ", epsilon = 1e-50", "adam.epsilon"),
        ("adamw", ", weight_decay = -0.1", "adamw.weight_decay"),
        ("adamw", ", weight_decay = inf", "adamw.weight_decay"),
        ("adamw", ", max_grad_norm = -1.0", "adamw.max_grad_norm"),
    ] {
        let config = config(id, setting);
        assert_eq!(config.check().map_err(|e| e.within(config.id())).unwrap_err().key, key);
    }
    for id in CASES.map(|case| case.id) {
        let text = format!("{id} = {{ learning_rate = {{ step = {{ initial = 0.1, factor = 0.5, every = 0 }} }} }}");
        let config: OptimizerConfig = toml::from_str(&text).unwrap();
        assert_eq!(config.check().unwrap_err().key, "learning_rate.step.every");
    }
}

#[test]
#[should_panic(expected = "one derivative for each parameter")]
fn a_gradient_of_another_length_is_a_mistake_of_ours() {
    Optimizer::new(&config("sgd", ""), 2).step(&mut [0.0; 2], &[0.0; 3], &[range(0..2, 1.0)], RATE);
}
