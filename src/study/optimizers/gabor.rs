//! The Gabor model and its loss.

use super::super::Picture;
use super::super::noise::noise;
use super::drawing::{plane, surface};
use super::paths::{Hessian, Point, distance};
use crate::chart::Shape;
use crate::rng::{Rng, Stream};

/// sin u · exp(−u²/8) with u = φ₀ + 0.06 φ₁ x, fitted by least squares.
pub struct Gabor {
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    /// The global minimum.
    pub minimum: Point,
}

/// The part of the plane that is shown.
pub const GABOR_ENDS: [(f64, f64); 2] = [(-10.0, 10.0), (2.5, 22.5)];

/// Where gradient descent starts: at the points of a grid.
pub fn starts() -> impl Iterator<Item = Point> {
    (0..81).map(|index| [-8.0 + 2.0 * (index % 9) as f64, 4.0 + 2.125 * (index / 9) as f64])
}

/// The width of the bell, in the exponent −u²/WIDTH.
pub const WIDTH: f64 = 8.0;

/// Where a path ends.
#[derive(Clone, Copy, PartialEq)]
pub enum End {
    Global,
    Local,
    /// In a valley that is so flat that the path still moves.
    Moving,
}

impl End {
    pub fn name(self) -> &'static str {
        match self {
            End::Global => "to the global minimum",
            End::Local => "to a local minimum",
            End::Moving => "into a flat valley",
        }
    }
}

pub fn is_shown(point: Point) -> bool {
    GABOR_ENDS.iter().zip(point).all(|((low, high), number)| (*low..=*high).contains(&number))
}

impl Gabor {
    pub fn new(examples: usize, deviation: f64, seed: u64) -> Gabor {
        let mut rng = Rng::from_seed_and_key(seed, &[Stream::Init as u64, 1]);
        let x: Vec<f64> = (0..examples).map(|i| -15.0 + 30.0 * (i as f64 + rng.random()) / examples as f64).collect();
        let truth = [0.0, 16.6]; // Prince's values
        let y = x.iter().map(|x| model(truth, *x)[0] + deviation * noise(&mut rng)).collect();
        let mut gabor = Gabor { x, y, minimum: truth };
        gabor.minimum = gabor.stationary(truth);
        gabor
    }

    pub fn loss(&self, point: Point) -> f64 {
        let squares = self.x.iter().zip(&self.y).map(|(x, y)| (model(point, *x)[0] - y).powi(2));
        squares.sum::<f64>() / self.x.len() as f64
    }

    pub fn gradient(&self, point: Point) -> Point {
        self.gradient_of(point, 0..self.x.len())
    }

    pub fn gradient_of(&self, point: Point, rows: impl ExactSizeIterator<Item = usize>) -> Point {
        let count = rows.len() as f64;
        let mut sum = [0.0; 2];
        for row in rows {
            let [value, slope] = model(point, self.x[row]);
            let by_u = 2.0 * (value - self.y[row]) * slope / count;
            sum = [sum[0] + by_u, sum[1] + 0.06 * self.x[row] * by_u];
        }
        sum
    }

    pub fn hessian(&self, point: Point) -> Hessian {
        const STEP: f64 = 1e-5;
        let along = |axis: usize| {
            let [before, after] = [-STEP, STEP].map(|step| {
                let mut moved = point;
                moved[axis] += step;
                self.gradient(moved)
            });
            [0, 1].map(|i| (after[i] - before[i]) / (2.0 * STEP))
        };
        let [first, second] = [0, 1].map(along);
        Hessian { a: first[0], b: 0.5 * (first[1] + second[0]), d: second[1] }
    }

    /// Newton's method: the minimum or saddle near a point, or the point where the method was lost.
    pub fn stationary(&self, mut point: Point) -> Point {
        for _ in 0..40 {
            let Some(step) = self.hessian(point).solve(self.gradient(point)) else { break };
            let length = step[0].hypot(step[1]);
            let shortened = (0.5 / length).min(1.0);
            point = [point[0] - shortened * step[0], point[1] - shortened * step[1]];
        }
        point
    }

    /// The saddles that are shown.
    pub fn saddles(&self) -> Vec<Point> {
        let mut saddles: Vec<Point> = Vec::new();
        for point in (0..441).map(|i| [-9.0 + 0.9 * f64::from(i % 21), 3.5 + 0.9 * f64::from(i / 21)]) {
            let near = self.stationary(point);
            let is_new = saddles.iter().all(|known| distance(*known, near) > 1e-3);
            if is_new && is_shown(near) && self.slope(near) < 1e-9 && self.hessian(near).eigenvalues()[0] < -2e-4 {
                saddles.push(near);
            }
        }
        saddles.retain(|saddle| self.hessian(*saddle).eigenvalues()[1] > 1e-3);
        saddles
    }

    pub fn slope(&self, point: Point) -> f64 {
        let [a, b] = self.gradient(point);
        a.hypot(b)
    }

    /// Where a path that ends at this point comes to rest.
    pub fn end(&self, point: Point) -> End {
        let near = self.stationary(point);
        let at_rest =
            self.slope(near) < 1e-9 && distance(near, point) < 2.0 && self.hessian(near).eigenvalues()[0] > 0.0;
        match at_rest {
            true if distance(near, self.minimum) < 1e-3 => End::Global,
            true => End::Local,
            false => End::Moving,
        }
    }

    pub fn picture(&self, ends: [(f64, f64); 2], mut paths: Vec<Shape>) -> Picture {
        let levels = [0.005, 0.015, 0.03, 0.05, 0.07, 0.09, 0.12, 0.15, 0.19, 0.24, 0.3];
        let mut shapes = surface(ends, &levels, |point| self.loss(point));
        shapes.append(&mut paths);
        plane(["φ₀", "φ₁"], ends, shapes)
    }
}

/// The model's value and its derivative with respect to u.
pub fn model([phi_0, phi_1]: Point, x: f64) -> [f64; 2] {
    let u = phi_0 + 0.06 * phi_1 * x;
    let bell = (-u * u / WIDTH).exp();
    [u.sin() * bell, (u.cos() - 2.0 * u / WIDTH * u.sin()) * bell]
}
