//! Gradient descent on the loss of the Gabor model, and what its noise does on batches.

use super::super::{Check, Findings};
use super::Optimizers;
use super::drawing::{GREEN, GREY, PURPLE, RED, figure, shape, written};
use super::gabor::{End, GABOR_ENDS, Gabor, is_shown, starts};
use super::paths::{Point, distance, last, path, sgd};
use crate::chart::Form;

/// A start from which gradient descent ends in a local minimum, its path, and the minimum.
pub struct Stuck {
    pub start: Point,
    pub path: Vec<Point>,
    pub minimum: Point,
}

impl Optimizers {
    /// The path of gradient descent.
    pub fn gabor_path(&self, gabor: &Gabor, start: Point, steps: u64) -> Vec<Point> {
        path(&sgd(self.learning_rate), start, steps, |point| gabor.gradient(point))
    }

    /// Gradient descent from many starts: the global minimum, local ones, and a saddle.
    pub fn descent(&self, gabor: &Gabor, found: &mut Findings) -> Option<Stuck> {
        let paths: Vec<Vec<Point>> = starts().map(|start| self.gabor_path(gabor, start, self.steps)).collect();
        let ends: Vec<End> = paths.iter().map(|path| gabor.end(last(path))).collect();
        let count = |kind: End| ends.iter().filter(|end| **end == kind).count();
        // Those that stay within what is shown.
        let shown = |kind: End| -> Vec<&Vec<Point>> {
            let of_kind = paths.iter().zip(&ends).filter(|(_, end)| **end == kind).map(|(path, _)| path);
            of_kind.filter(|path| path.iter().all(|point| is_shown(*point))).collect()
        };
        let lowest = {
            let at = |(low, high): (f64, f64), index: usize| low + (high - low) * index as f64 / 80.0;
            let points = (0..81 * 81).map(|i| [at(GABOR_ENDS[0], i % 81), at(GABOR_ENDS[1], i / 81)]);
            points.map(|point| gabor.loss(point)).fold(f64::INFINITY, f64::min)
        };
        let least = gabor.loss(gabor.minimum);
        // The worst of the local minima.
        let rest = |path: &[Point]| gabor.stationary(last(path));
        let stuck = shown(End::Local).into_iter().max_by(|a, b| gabor.loss(rest(a)).total_cmp(&gabor.loss(rest(b))));
        let stuck = stuck.map(|path| Stuck { start: path[0], path: path.clone(), minimum: rest(path) });
        let worst = stuck.as_ref().map_or("there is no local minimum".to_owned(), |stuck| {
            format!(
                "the worst of these, at ({}), has the loss {:.3}",
                written(stuck.minimum),
                gabor.loss(stuck.minimum)
            )
        });
        found.checks.extend([
            Check::new(
                "the minimum next to the true parameters is the lowest one",
                format!("loss {least:.4} at ({}); least on a grid of 81 × 81: {lowest:.4}", written(gabor.minimum)),
                least <= lowest,
            ),
            Check::new(
                "the Gabor model: gradient descent from some starts ends in the global minimum, from others in a local one",
                format!(
                    "of {} starts, {} end in the global minimum, {} in local ones, and {} in a valley that is still flat after {} \
                     steps; {worst}",
                    paths.len(),
                    count(End::Global),
                    count(End::Local),
                    count(End::Moving),
                    self.steps,
                ),
                count(End::Global) > 0 && stuck.as_ref().is_some_and(|stuck| gabor.loss(stuck.minimum) > 2.0 * least),
            ),
        ]);
        for (path, end) in paths.iter().zip(&ends) {
            found.path_row("gabor", &format!("gradient descent {}", end.name()), path, gabor.loss(last(path)));
        }
        let mut shapes = Vec::new();
        for (kind, colour) in [(End::Moving, GREY), (End::Local, RED), (End::Global, GREEN)] {
            let candidates = shown(kind);
            let most = candidates.len().min(5);
            for path in (0..most).map(|index| candidates[index * candidates.len() / most]) {
                shapes.push(shape(kind.name(), colour, Form::Line, path));
                shapes.push(shape("", colour, Form::Dots, &[path[0]]));
            }
        }
        match self.saddle(gabor) {
            Some(Saddle { path, nearest, point, eigenvalues }) => {
                shapes.push(shape("to a saddle", PURPLE, Form::Line, &path[..=nearest]));
                shapes.push(shape("", PURPLE, Form::Dots, &[path[0], point]));
                let (slope, at_start) = (gabor.slope(path[nearest]), gabor.slope(path[0]));
                found.checks.push(Check::new(
                    "from a start between two basins the path comes almost to rest at a saddle, where one curvature is negative",
                    format!(
                        "from ({}), where the gradient is {at_start:.1e} long: {slope:.1e} after {nearest} steps, {:.4} from a saddle \
                         at ({}) with curvatures {:.4} and {:.4}",
                        written(path[0]),
                        distance(path[nearest], point),
                        written(point),
                        eigenvalues[0],
                        eigenvalues[1]
                    ),
                    eigenvalues[0] < 0.0 && eigenvalues[1] > 0.0 && slope < 0.01 * at_start,
                ));
                found.path_row("gabor", "gradient descent to a saddle", &path[..=nearest], gabor.loss(path[nearest]));
            }
            None => found.checks.push(Check::new("there is a saddle", "none was found", false)),
        }
        found.figures.push(figure(
            "gabor",
            "Gradient descent on the loss of the Gabor model",
            "Lines of equal loss, and the paths from some of the starts (dots). Some reach the global minimum in the middle, others a \
             local minimum, and others a valley so flat that they still move. The purple path begins between two basins and comes \
             almost to rest at a saddle, before it decides.",
            gabor.picture(GABOR_ENDS, shapes),
        ));
        stuck
    }

    /// A path that comes near to a saddle.
    pub fn saddle(&self, gabor: &Gabor) -> Option<Saddle> {
        let mut saddles = gabor.saddles();
        // First those that pull paths in faster than they push them away.
        let ratio = |point: &Point| {
            let [low, high] = gabor.hessian(*point).eigenvalues();
            low / high
        };
        saddles.sort_by(|a, b| ratio(b).total_cmp(&ratio(a)));
        let tries = saddles.into_iter().flat_map(|point| [2.0, 1.2, 0.7].map(|reach| (point, reach)));
        tries.into_iter().find_map(|(point, reach)| self.path_to(gabor, point, reach))
    }

    /// Uphill from a saddle along its direction of positive curvature, there are starts from which gradient descent leaves the
    /// saddle to one side and to the other; halving finds what lies between them.
    pub fn path_to(&self, gabor: &Gabor, point: Point, reach: f64) -> Option<Saddle> {
        let hessian = gabor.hessian(point);
        let eigenvalues = hessian.eigenvalues();
        let [down, up] = eigenvalues.map(|eigenvalue| hessian.eigenvector(eigenvalue));
        let moved = |from: Point, along: Point, by: f64| [from[0] + by * along[0], from[1] + by * along[1]];
        let uphill = |side: f64| {
            let mut at = moved(point, up, 0.05 * side);
            for _ in 0..20_000 {
                let next = moved(at, gabor.gradient(at), 0.1 * self.learning_rate);
                if !is_shown(next) || distance(next, point) > reach {
                    break;
                }
                at = next;
            }
            at
        };
        let [one, other] = [1.0, -1.0].map(uphill);
        let middle = if distance(one, point) > distance(other, point) { one } else { other };
        // On which side of the saddle a path leaves it.
        let side = |path: &[Point]| {
            let along = |at: &Point| (at[0] - point[0]) * down[0] + (at[1] - point[1]) * down[1];
            let apart = |index: &usize| distance(path[*index], point);
            let nearest = (0..path.len()).min_by(|a, b| apart(a).total_cmp(&apart(b))).unwrap_or(0);
            path[nearest..].iter().map(along).find(|along| along.abs() > 1.0).unwrap_or(along(&last(path))) > 0.0
        };
        let run = |by: f64| self.gabor_path(gabor, moved(middle, down, by), self.steps);
        let width = [0.01, 0.03, 0.1, 0.3].into_iter().find(|width| side(&run(-width)) != side(&run(*width)))?;
        let (mut low, mut high) = (-width, width);
        let first = side(&run(low));
        for _ in 0..40 {
            let half = 0.5 * (low + high);
            if side(&run(half)) == first { low = half } else { high = half }
        }
        let path = run(low);
        let slope = |index: usize| gabor.slope(path[index]);
        let near = (0..path.len()).filter(|index| distance(path[*index], point) < reach);
        let nearest = near.min_by(|a, b| slope(*a).total_cmp(&slope(*b)))?;
        let is_near = distance(path[nearest], point) < 0.1 && slope(nearest) < 0.01 * slope(0);
        is_near.then_some(Saddle { nearest, point, eigenvalues, path })
    }

    /// Steps on batches leave the local minimum in which gradient descent stays.
    pub fn stochastic(&self, gabor: &Gabor, stuck: &Stuck, seed: u64, found: &mut Findings) {
        const EPOCHS: u64 = 150;
        let resting = gabor.loss(stuck.minimum);
        let run = |repetition: u64| {
            let mut batches = self.batches(seed, repetition);
            let steps = EPOCHS * batches.per_epoch() as u64;
            let noisy = path(&sgd(self.learning_rate), stuck.start, steps, |point| {
                gabor.gradient_of(point, batches.next_rows().iter().copied())
            });
            // Where it is: the end of gradient descent from there.
            let end = last(&self.gabor_path(gabor, last(&noisy), 300));
            (noisy, end)
        };
        let runs: Vec<(Vec<Point>, Point)> = (0..self.repetitions).map(run).collect();
        let left = runs.iter().filter(|(_, end)| gabor.loss(*end) < 0.95 * resting).count();
        let global = runs.iter().filter(|(_, end)| gabor.end(*end) == End::Global).count();
        let mut batches = self.batches(seed, 0);
        let mut epoch: Vec<usize> = (0..batches.per_epoch()).flat_map(|_| batches.next_rows().to_vec()).collect();
        epoch.sort_unstable();
        found.checks.extend([
            Check::new(
                "batches without replacement: an epoch has each example once",
                format!("{} examples in {} batches", epoch.len(), batches.per_epoch()),
                epoch == (0..self.examples).collect::<Vec<_>>(),
            ),
            Check::new(
                format!("steps on batches of {} leave the local minimum in which gradient descent stays", self.batch),
                format!(
                    "{left} of {} orders end lower than {resting:.3}, {global} of them in the global minimum, after {EPOCHS} epochs",
                    runs.len()
                ),
                left > 0,
            ),
        ]);
        for (noisy, _) in &runs {
            found.path_row("gabor", &format!("batches of {}", self.batch), noisy, gabor.loss(last(noisy)));
        }
        let chosen = runs.iter().find(|(_, end)| gabor.end(*end) == End::Global);
        let chosen = chosen.or_else(|| runs.iter().find(|(_, end)| gabor.loss(*end) < 0.95 * resting));
        let mut shapes = Vec::new();
        if let Some((noisy, _)) = chosen {
            shapes.push(shape("steps on batches", 1, Form::Thin, noisy));
        }
        shapes.push(shape("gradient descent", 0, Form::Line, &stuck.path));
        shapes.push(shape("start", PURPLE, Form::Dots, &[stuck.start]));
        shapes.push(shape("local minimum", RED, Form::Dots, &[stuck.minimum]));
        shapes.push(shape("global minimum", GREEN, Form::Dots, &[gabor.minimum]));
        found.figures.push(figure(
            "stochastic",
            "Steps on batches",
            &format!(
                "Gradient descent stays in the nearest minimum. Steps on {} of {} examples are noisy: one of the orders of the \
                 examples that left it. Each step costs {:.0} % of a step on all examples.",
                self.batch,
                self.examples,
                100.0 * self.batch as f64 / self.examples as f64
            ),
            gabor.picture([GABOR_ENDS[0], (GABOR_ENDS[1].0, 24.0)], shapes),
        ));
    }
}

/// A saddle, and the path that comes near it.
pub struct Saddle {
    pub path: Vec<Point>,
    /// The step after which the gradient was least.
    pub nearest: usize,
    pub point: Point,
    pub eigenvalues: [f64; 2],
}
