//! Supervised learning with the same functions, optimizers and schedules that agents learn with.
//!
//! ```
//! use tilde::approx::{ApproximatorConfig, FunctionSetup};
//! use tilde::device::Backend;
//! use tilde::envs::Space;
//! use tilde::rng::{Stream, stream};
//! use tilde::supervised::{Batches, Dataset, fit};
//!
//! let inputs: Vec<f32> = (0..64).map(|i| i as f32 / 32.0 - 1.0).collect();
//! let targets = inputs.iter().map(|x| 3.0 * x - 1.0).collect();
//! let data = Dataset::of_numbers(inputs, 1, targets, 1);
//! let space = Space::Box { low: vec![-1.0], high: vec![1.0] };
//! let optimizer = toml::from_str("sgd = { learning_rate = 0.1 }")?;
//! let setup = FunctionSetup { optimizer: &optimizer, space: &space, outputs: 1, budget: 1_000, backend: Backend::default() };
//! let mut rng = stream(0, Stream::Init);
//! let mut function = ApproximatorConfig::default().build(&setup, &mut rng);
//! let mut batches = Batches::new(data.rows(), 16, rng);
//! let losses = fit(function.as_mut(), &data, &mut batches, 200);
//! assert!(losses[199] < 1e-6);
//! # Ok::<(), toml::de::Error>(())
//! ```

mod batches;
mod dataset;
mod fit;

pub use batches::Batches;
pub use dataset::{Dataset, Targets};
pub use fit::{fit, loss, step};
