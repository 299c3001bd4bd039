//! Momentum on a quadratic.

use super::super::{Check, Findings};
use super::drawing::{RED, figure, lines, plane, shape, surface};
use super::paths::{Point, distance, last, momentum, path, sgd};
use crate::chart::{Axis, Form};

/// Momentum on a quadratic with curvatures 0.01 and 1, from (1, 1) (after Goh 2017).
pub fn quadratic(found: &mut Findings) {
    const LAMBDA: [f64; 2] = [0.01, 1.0];
    const STEPS: u64 = 30_000;
    let gradient = |w: Point| [LAMBDA[0] * w[0], LAMBDA[1] * w[1]];
    let [low, high] = LAMBDA.map(f64::sqrt);
    let best_beta = ((high - low) / (high + low)).powi(2);
    let methods = [
        ("gradient descent α = 0.02".to_owned(), sgd(0.02)),
        ("momentum α = 0.02 β = 0.99".to_owned(), momentum(0.02, 0.99)),
        ("gradient descent at its best α = 1.98".to_owned(), sgd(2.0 / (LAMBDA[0] + LAMBDA[1]))),
        (
            format!("momentum at its best α = 3.31 β = {best_beta:.2}"),
            momentum((2.0 / (low + high)).powi(2), best_beta),
        ),
    ];
    let paths: Vec<(String, Vec<Point>)> =
        methods.into_iter().map(|(name, config)| (name, path(&config, [1.0, 1.0], STEPS, gradient))).collect();
    // The steps after which no point is farther than a hundredth of the start.
    let steps: Vec<usize> = paths
        .iter()
        .map(|(_, path)| path.iter().rposition(|w| distance(*w, [0.0; 2]) > 0.01 * 2f64.sqrt()).map_or(0, |at| at + 1))
        .collect();
    let (alpha, beta) = (0.02, 0.99_f64);
    let error = LAMBDA.map(|lambda| {
        let root = beta.sqrt();
        let turn = ((1.0 + beta - alpha * lambda) / (2.0 * root)).acos();
        let sine = (turn.cos() - root) / turn.sin();
        let exact = |t: usize| root.powi(t as i32) * ((turn * t as f64).cos() + sine * (turn * t as f64).sin());
        let axis = usize::from(lambda == LAMBDA[1]);
        (0..2000).map(|t| (exact(t) - paths[1].1[t][axis]).abs()).fold(0.0, f64::max)
    });
    found.checks.extend([
        Check::new(
            "momentum with α = 0.02 and β = 0.99 on curvatures 0.01 and 1: both components swing, and shrink by √β = 0.99499 in a step",
            format!("largest difference from the closed form in 2,000 steps {:.1e} and {:.1e}", error[0], error[1]),
            error.iter().all(|error| *error < 1e-3),
        ),
        Check::new(
            "with the same α, momentum is faster than gradient descent; each at its best α and β, momentum is again faster",
            format!(
                "steps to 1 % of the start: {} and {}; at the best {} and {}",
                steps[0], steps[1], steps[2], steps[3]
            ),
            steps[1] < steps[0] && steps[3] < steps[2],
        ),
        Check::new(
            "gradient descent at its best α is faster than momentum with α = 0.02 and β = 0.99: these values are chosen for safety, not \
             for this quadratic",
            format!("{} and {} steps", steps[2], steps[1]),
            steps[2] < steps[1],
        ),
    ]);
    for (name, path) in &paths {
        let w = last(path);
        found.path_row("quadratic", name, path, 0.5 * (LAMBDA[0] * w[0] * w[0] + LAMBDA[1] * w[1] * w[1]));
    }
    let ends = [(-1.1, 1.1), (-1.1, 1.1)];
    let levels = [2e-5, 2e-4, 1e-3, 3e-3, 0.01, 0.03, 0.07, 0.14, 0.25, 0.4];
    let mut shapes = surface(ends, &levels, |w| 0.5 * (LAMBDA[0] * w[0] * w[0] + LAMBDA[1] * w[1] * w[1]));
    shapes.push(shape(&paths[1].0, 1, Form::Line, &paths[1].1[..700]));
    shapes.push(shape(&paths[0].0, 0, Form::Line, &paths[0].1[..700]));
    shapes.push(shape("minimum", RED, Form::Dots, &[[0.0, 0.0]]));
    let distances = paths.iter().map(|(name, path)| {
        let points = path.iter().take(1201).enumerate().map(|(t, w)| (t as f64, distance(*w, [0.0; 2]).max(1e-8)));
        (name.clone(), points.collect())
    });
    let distances = lines(Axis::new("step"), Axis::new("distance from the minimum").logarithmic(), distances.collect());
    found.figures.extend([
        figure(
            "momentum",
            "Momentum on a long valley",
            "700 steps from (1, 1). The curvature is 1 upwards and 0.01 along the valley. Gradient descent falls into the valley and \
             then creeps. Momentum swings in both directions, slowly along the valley and fast across it, and both swings shrink \
             at the same rate.",
            plane(["w₁ (curvature 0.01)", "w₂ (curvature 1)"], ends, shapes),
        ),
        figure(
            "momentum-distance",
            "Momentum against gradient descent",
            "With a small learning rate momentum is much faster. With the best learning rate for this quadratic, gradient descent \
             is about as fast, and momentum with the best of both is the fastest. Distances below 10⁻⁸ are drawn as 10⁻⁸.",
            distances,
        ),
    ]);
}
