//! All methods from one start, on the loss of the Gabor model.

use super::super::{Check, Findings};
use super::drawing::{GREY, figure, lines, shape};
use super::gabor::Gabor;
use super::paths::{Point, distance, last, momentum, normalized, path, rmsprop, sgd};
use crate::chart::{Axis, Form, Shape};
use crate::optim::{AdamConfig, NormalizedGradientForm, OptimizerConfig};

/// All methods from one start.
pub fn methods(gabor: &Gabor, found: &mut Findings) {
    const STEPS: u64 = 400;
    let start = [-1.2, 4.0];
    let methods = [
        ("gradient descent", sgd(1.0)),
        ("momentum", momentum(0.3, 0.9)),
        ("pointwise", normalized(0.1, NormalizedGradientForm::Pointwise)),
        ("RMSprop", rmsprop(0.05, 0.99)),
        ("Adam", AdamConfig::new(0.1).into()),
    ];
    let run = |config: &OptimizerConfig, factor: f64| {
        path(config, start, STEPS, |point| gabor.gradient(point).map(|g| factor * g))
    };
    let paths: Vec<(&str, Vec<Point>, f64)> = methods
        .iter()
        .map(|(name, config)| {
            let plain = run(config, 1.0);
            let scaled = run(config, 1000.0);
            let apart = plain.iter().zip(&scaled).take(100).map(|(a, b)| distance(*a, *b)).fold(0.0, f64::max);
            (*name, plain, apart)
        })
        .collect();
    let apart: Vec<String> = paths.iter().map(|(name, _, apart)| format!("{name} {apart:.1e}")).collect();
    found.checks.push(Check::new(
        "a loss that is multiplied by 1000 changes the path of gradient descent and of momentum, but not the others'",
        format!("farthest apart within 100 steps: {}", apart.join("; ")),
        paths[..2].iter().all(|path| path.2 > 1.0) && paths[2..].iter().all(|path| path.2 < 0.05),
    ));
    let least = gabor.loss(gabor.minimum);
    for (name, path, _) in &paths {
        found.path_row("gabor", name, path, gabor.loss(last(path)));
    }
    let mut shapes: Vec<Shape> = paths
        .iter()
        .enumerate()
        .map(|(i, (name, path, _))| shape(name, i, if i == 2 { Form::Thin } else { Form::Line }, path))
        .collect();
    shapes.rotate_left(1); // the path of gradient descent is the shortest and lies above the others

    shapes.push(shape("", GREY, Form::Dots, &[start]));
    shapes.push(shape("minimum", 5, Form::Dots, &[gabor.minimum]));
    let losses = paths.iter().map(|(name, path, _)| {
        // Over eight steps, since pointwise steps jump to and fro.
        let mean =
            |part: &[Point]| part.iter().map(|point| gabor.loss(*point) - least).sum::<f64>() / part.len() as f64;
        let excess = path.windows(8).enumerate().map(|(at, part)| (at as f64, mean(part).max(1e-9)));
        ((*name).to_owned(), excess.collect())
    });
    let losses =
        lines(Axis::new("step"), Axis::new("loss above the minimum, mean of 8 steps").logarithmic(), losses.collect());
    found.figures.extend([
        figure(
            "methods",
            "Five methods from one start",
            "Gradient descent follows the steepest direction; momentum overshoots and comes back; pointwise steps jump to and fro, since both components have the same size in each of them; \
             RMSprop and Adam divide each component by its own usual size, which makes the flat direction as fast as the steep one.",
            gabor.picture([(-2.5, 2.5), (3.0, 19.0)], shapes),
        ),
        figure(
            "losses",
            "The loss against steps",
            "The same five. Pointwise steps of a constant length jump to and fro across the valley and stop making way along it: they \
             come to rest beside the minimum, as low as they are.",
            losses,
        ),
    ]);
}
