//! What single steps show.

use super::super::{Check, Findings};
use super::drawing::{figure, lines};
use super::paths::{normalized, rmsprop};
use crate::chart::Axis;
use crate::optim::{AdamConfig, NormalizedGradientForm, Optimizer, OptimizerConfig, ParamRange};

/// What single steps show: normalised gradients, RMSprop's and Adam's first steps, and ε.
pub fn single_steps(found: &mut Findings) {
    let gradient = [3.0_f32, -2.0, 5.0];
    let first = |config: OptimizerConfig| {
        let (mut theta, whole) = ([0.0_f32; 3], [ParamRange { range: 0..3, factor: 1.0 }]);
        Optimizer::new(&config, 3).step(&mut theta, &gradient, &whole, config.learning_rate().value(0, 1));
        theta.map(|moved| -f64::from(moved) + 0.0)
    };
    let shown = |step: [f64; 3]| step.map(|x| format!("{x:.4}")).join(", ");
    let near = |found: [f64; 3], expected: [f64; 3]| found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4);
    let pointwise = first(normalized(1.0, NormalizedGradientForm::Pointwise));
    let norm = first(normalized(1.0, NormalizedGradientForm::Norm));
    let by_rms = first(rmsprop(0.01, 0.99));
    let length = 38.0_f64.sqrt();
    found.checks.extend([
        Check::new(
            "pointwise normalised, the gradient (3, −2, 5) becomes (1, −1, 1)",
            shown(pointwise),
            pointwise == [1.0, -1.0, 1.0],
        ),
        Check::new(
            "normalised as a whole it keeps its direction and has length 1: (3, −2, 5) / √38",
            shown(norm),
            near(norm, [3.0, -2.0, 5.0].map(|g| g / length)),
        ),
        Check::new(
            "the first step of RMSprop is α / √(1 − ρ) along the sign of each component: with g² for g, the second would have the \
             other sign",
            format!("{} for α = 0.01 and ρ = 0.99", shown(by_rms)),
            near(by_rms, [0.1, -0.1, 0.1]),
        ),
    ]);

    // Steps under a constant gradient, as multiples of α.
    const STEPS: i32 = 2000;
    let adam = AdamConfig::new(0.001);
    let lengths = |factor: &dyn Fn(i32) -> f64| -> Vec<f64> {
        let config = OptimizerConfig::from(adam.clone());
        let mut optimizer = Optimizer::new(&config, 1);
        let whole = [ParamRange { range: 0..1, factor: 1.0 }];
        let step = |t: i32| {
            let mut theta = [0.0_f32];
            optimizer.step(&mut theta, &[1.0], &whole, 0.001 * factor(t));
            -f64::from(theta[0]) / 0.001
        };
        (1..=STEPS).map(step).collect()
    };
    // m / √v = m̂ / √v̂ · (1 − β₁ᵗ) / √(1 − β₂ᵗ)
    let uncorrected = |t: i32| (1.0 - adam.beta_1.powi(t)) / (1.0 - adam.beta_2.powi(t)).sqrt();
    let (with, without) = (lengths(&|_| 1.0), lengths(&uncorrected));
    let (mut m, mut v, mut error) = (0.0, 0.0, 0.0_f64);
    for length in &without {
        m = adam.beta_1 * m + (1.0 - adam.beta_1);
        v = adam.beta_2 * v + (1.0 - adam.beta_2);
        error = error.max((m / f64::sqrt(v) - length).abs());
    }
    let longest = (0..without.len()).max_by(|a, b| without[*a].total_cmp(&without[*b])).unwrap_or(0);
    let farthest = with.iter().map(|length| (length - 1.0).abs()).fold(0.0, f64::max);
    found.checks.extend([
        Check::new(
            "under a constant gradient, every step of Adam has the length α; without bias correction the first is 3.16 α, and the \
             longest 6.57 α",
            format!(
                "with correction {farthest:.1e} from α at most; without, {:.2} α at first and {:.2} α in step {}, and {error:.1e} from m/√v",
                without[0],
                without[longest],
                longest + 1
            ),
            farthest < 1e-3 && (without[0] - 3.162).abs() < 1e-2 && (without[longest] - 6.57).abs() < 1e-2 && error < 1e-2,
        ),
        {
            let small = |inside: bool| {
                let config: OptimizerConfig = AdamConfig { epsilon_inside_root: inside, ..AdamConfig::new(1.0) }.into();
                let (mut theta, whole) = ([0.0_f32], [ParamRange { range: 0..1, factor: 1.0 }]);
                Optimizer::new(&config, 1).step(&mut theta, &[1e-6], &whole, 1.0);
                -f64::from(theta[0])
            };
            let (outside, inside) = (small(false), small(true));
            Check::new(
                "ε = 10⁻⁸ inside the root holds small gradients back: of a gradient of 10⁻⁶, the first step of Adam is 0.990 α with ε \
                 outside and 0.010 α inside",
                format!("{outside:.3} α and {inside:.3} α"),
                (outside - 0.990).abs() < 2e-3 && (inside - 0.010).abs() < 2e-3,
            )
        },
    ]);
    let curve = |lengths: Vec<f64>| lengths.into_iter().enumerate().map(|(t, y)| ((t + 1) as f64, y)).collect();
    let curves = vec![("with bias correction".to_owned(), curve(with)), ("without".to_owned(), curve(without))];
    let picture = lines(
        Axis::new("step t").logarithmic(),
        Axis::new("length of the step as a multiple of α").with_zero(),
        curves,
    );
    found.figures.push(figure(
        "bias-correction",
        "Why Adam corrects its bias",
        "The gradient is 1 in every step. Both averages start at zero, and the one of squares, with β₂ = 0.999, takes a thousand steps to \
         forget that. Without correction the divisor is too small for as long, and the first steps are up to 6.6 times too long.",
        picture,
    ));
}
