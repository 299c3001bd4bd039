//! Optimizers on surfaces with two parameters, where their paths can be drawn.

mod drawing;
mod gabor;
mod gabor_descent;
mod line_fit;
mod methods;
mod paths;
mod quadratic;
mod schedules;
mod single_steps;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::gabor::Gabor;
use self::line_fit::LineFit;
use super::{Findings, Study, Table};
use crate::invalid_value::{InvalidValue, all, not_negative, positive, require};
use crate::registry::Part;
use crate::rng::{Rng, Stream};
use crate::supervised::Batches;

/// Gradient descent and what improves on it, on the loss of a line, of the Gabor model and of a quadratic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Optimizers {
    /// Examples that the line and the Gabor model are fitted to.
    pub examples: usize,
    /// The standard deviation of the noise in the Gabor model's targets.
    pub noise: f64,
    /// The learning rate of gradient descent, and of its stochastic form, on the Gabor model.
    pub learning_rate: f64,
    /// Steps of gradient descent on the Gabor model.
    pub steps: u64,
    /// Examples in a batch of stochastic gradient descent.
    pub batch: usize,
    /// How often stochastic gradient descent is repeated, each time with another order of the examples.
    pub repetitions: u64,
}

impl Default for Optimizers {
    fn default() -> Self {
        Optimizers { examples: 16, noise: 0.05, learning_rate: 4.0, steps: 1500, batch: 5, repetitions: 20 }
    }
}

impl Part for Optimizers {
    const ID: &'static str = "optimizers";
    const SUMMARY: &'static str =
        "paths of gradient descent, momentum, RMSprop and Adam on loss surfaces (Prince 2023, chapter 6)";
}

impl Study for Optimizers {
    fn title(&self) -> &'static str {
        "Optimizers on surfaces that can be drawn"
    }

    fn check(&self) -> Result<(), InvalidValue> {
        let batch = |size: usize| format!("must be from 1 to {} (examples - 1), not {size}", self.examples - 1);
        all([
            require((4..=10_000).contains(&self.examples), "examples", || {
                format!("must be from 4 to 10000, not {}", self.examples)
            }),
            not_negative("noise", self.noise),
            positive("learning_rate", self.learning_rate),
            require((10..=100_000).contains(&self.steps), "steps", || {
                format!("must be from 10 to 100000, not {}", self.steps)
            }),
            require(self.examples < 4 || (1..self.examples).contains(&self.batch), "batch", || batch(self.batch)),
            require((1..=1000).contains(&self.repetitions), "repetitions", || {
                format!("must be from 1 to 1000, not {}", self.repetitions)
            }),
        ])
    }

    fn run(&self, seed: u64, progress: &dyn Fn(&str)) -> Findings {
        let mut found = Findings {
            claim: CLAIM.to_owned(),
            method: METHOD.to_owned(),
            checks: Vec::new(),
            data: Table::new(&["surface", "method", "start", "end", "steps", "loss"]),
            figures: Vec::new(),
        };
        progress("a line by least squares");
        let line = LineFit::new(self.examples, seed);
        line.descent(&mut found);
        line.normalised(&mut found);
        progress("the Gabor model");
        let gabor = Gabor::new(self.examples, self.noise, seed);
        let stuck = self.descent(&gabor, &mut found);
        progress("stochastic gradient descent");
        if let Some(stuck) = &stuck {
            self.stochastic(&gabor, stuck, seed, &mut found);
        }
        progress("all methods");
        methods::methods(&gabor, &mut found);
        progress("momentum on a quadratic");
        quadratic::quadratic(&mut found);
        progress("single steps");
        single_steps::single_steps(&mut found);
        progress("schedules");
        self.schedules(&line, seed, &mut found);
        found
    }
}

const CLAIM: &str = "Gradient descent goes downhill, and where that ends depends on where it starts. On the loss of a line there is \
    one minimum and every start reaches it, as long as the learning rate is below 2/λ, with λ the largest curvature (the largest \
    eigenvalue of the Hessian matrix). On the loss of the Gabor model, sin(φ₀ + 0.06 φ₁x) · exp(−(φ₀ + 0.06 φ₁x)²/8), some starts \
    end in a local minimum, and between two valleys there is a saddle. Steps on batches are noisy and can leave a local minimum. \
    Momentum makes slow directions fast; normalised gradients, RMSprop and Adam make the length of a step independent of the size \
    of the gradient; a schedule of the learning rate decides how near to the minimum the steps come to rest.";

const METHOD: &str = "Every path was made by the optimizers that agents learn with. The line is a linear function of the library; \
    losses are means over the examples (Prince 2023, eq. 5.12). The quadratic is ½ (0.01 w₁² + w₂²). Hessian matrices are central \
    differences of gradients in double precision; minima and saddles were found to ten digits by Newton's method from where a path \
    came near to them. With 16 examples, the default, batches leave the local minimum for every seed that was tried; with 20 or 36, \
    for some seeds only.\n\n\
    Three remarks on formulas that circulate. The step of RMSprop is α g / (√v + ε) (Tieleman & Hinton 2012). It is sometimes \
    written with the gradient once more, α g² / (√v + ε): such a step is never negative, so a parameter could only fall. Adam \
    divides by √v̂ + ε (Kingma & Ba 2015); with ε inside the root, √(v̂ + ε), it is √ε that counts, 10⁻⁴ for the usual 10⁻⁸, so \
    small gradients make much smaller steps; the library has both forms. The Gabor model has the exponent −(…)²/8 here, as in the \
    course; with 32 in place of 8, as it is also printed, the bell is twice as wide.";

impl Optimizers {
    /// Batches in another order for each repetition.
    fn batches(&self, seed: u64, repetition: u64) -> Batches {
        let rng = Rng::from_seed_and_key(seed, &[Stream::Replay as u64, repetition]);
        Batches::new(self.examples, self.batch, rng)
    }
}

#[cfg(test)]
mod tests {
    use super::paths::distance;
    use super::*;
    use crate::study::Check;

    #[test]
    fn the_claims_hold() {
        let findings = Optimizers { steps: 1000, repetitions: 6, ..Optimizers::default() }.run(0, &|_| {});
        let failed: Vec<&Check> = findings.checks.iter().filter(|check| !check.holds).collect();
        assert!(failed.is_empty(), "{failed:#?}");
    }

    #[test]
    fn the_gabor_models_gradient_is_that_of_its_loss() {
        let gabor = Gabor::new(12, 0.1, 3);
        let (point, step) = ([0.7, 9.0], 1e-5);
        let loss = |a: f64, b: f64| gabor.loss([point[0] + a, point[1] + b]);
        let expected =
            [loss(step, 0.0) - loss(-step, 0.0), loss(0.0, step) - loss(0.0, -step)].map(|twice| twice / (2.0 * step));
        assert!(distance(gabor.gradient(point), expected) < 1e-8, "{:?}, {expected:?}", gabor.gradient(point));
    }

    #[test]
    fn settings_that_do_not_fit_are_refused() {
        let wrong = Optimizers { batch: 16, ..Optimizers::default() };
        assert_eq!(wrong.check().unwrap_err().key, "batch");
        let few = Optimizers { examples: 1, ..Optimizers::default() };
        assert_eq!(few.check().unwrap_err().key, "examples");
    }
}
