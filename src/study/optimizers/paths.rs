//! Points of a plane, and the paths of optimizers between them.

use crate::optim::{
    MomentumConfig, MomentumForm, NormalizedGradientConfig, NormalizedGradientForm, Optimizer, OptimizerConfig,
    ParamRange, RmspropConfig, SgdConfig,
};
use crate::schedule::LearningRate;

/// φ₀ and φ₁, or w₁ and w₂.
pub type Point = [f64; 2];

/// A symmetric matrix [[a, b], [b, d]].
#[derive(Clone, Copy)]
pub struct Hessian {
    pub a: f64,
    pub b: f64,
    pub d: f64,
}

impl Hessian {
    /// Both eigenvalues, the smaller first.
    pub fn eigenvalues(self) -> [f64; 2] {
        let (mean, half) = (0.5 * (self.a + self.d), 0.5 * (self.a - self.d));
        let root = half.hypot(self.b);
        [mean - root, mean + root]
    }

    /// Of length 1.
    pub fn eigenvector(self, eigenvalue: f64) -> Point {
        // From whichever row of H − λ is longer.
        let (one, other) = ([self.b, eigenvalue - self.a], [eigenvalue - self.d, self.b]);
        let longer = if one[0].hypot(one[1]) > other[0].hypot(other[1]) { one } else { other };
        longer.map(|number| number / longer[0].hypot(longer[1]))
    }

    /// The solution x of H x = g; `None` if there is none.
    pub fn solve(self, g: Point) -> Option<Point> {
        let determinant = self.a * self.d - self.b * self.b;
        let x = [(self.d * g[0] - self.b * g[1]) / determinant, (self.a * g[1] - self.b * g[0]) / determinant];
        x.iter().all(|x| x.is_finite()).then_some(x)
    }
}

pub fn distance(from: Point, to: Point) -> f64 {
    (from[0] - to[0]).hypot(from[1] - to[1])
}

pub fn last(path: &[Point]) -> Point {
    *path.last().expect("a path has its start")
}

/// The parameters at the start and after each step.
pub fn path(
    config: &OptimizerConfig,
    start: Point,
    steps: u64,
    mut gradient: impl FnMut(Point) -> Point,
) -> Vec<Point> {
    let mut optimizer = Optimizer::new(config, 2);
    let whole = [ParamRange { range: 0..2, factor: 1.0 }];
    let mut theta = start.map(|number| number as f32);
    let mut path = vec![theta.map(f64::from)];
    for at in 0..steps {
        let g = gradient(theta.map(f64::from)).map(|number| number as f32);
        optimizer.step(&mut theta, &g, &whole, config.learning_rate().value(at, steps));
        path.push(theta.map(f64::from));
    }
    path
}

pub fn sgd(learning_rate: impl Into<LearningRate>) -> OptimizerConfig {
    SgdConfig { learning_rate: learning_rate.into(), max_grad_norm: None }.into()
}

pub fn momentum(learning_rate: f64, beta: f64) -> OptimizerConfig {
    let (learning_rate, form) = (LearningRate::Constant(learning_rate), MomentumForm::Classical);
    MomentumConfig { learning_rate, beta, form, lazy: false, max_grad_norm: None }.into()
}

pub fn normalized(learning_rate: impl Into<LearningRate>, form: NormalizedGradientForm) -> OptimizerConfig {
    NormalizedGradientConfig { learning_rate: learning_rate.into(), form }.into()
}

pub fn rmsprop(learning_rate: f64, rho: f64) -> OptimizerConfig {
    let learning_rate = LearningRate::Constant(learning_rate);
    RmspropConfig { learning_rate, rho, epsilon: 1e-8, epsilon_inside_root: false, lazy: false, max_grad_norm: None }
        .into()
}
