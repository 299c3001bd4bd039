//! Values that change during a run: exploration rates and learning rates.

mod cosine;
mod exponential;
mod learning_rate;
mod linear;
mod schedule_end;
mod step;

pub use cosine::Cosine;
pub use exponential::Exponential;
pub use learning_rate::LearningRate;
pub use linear::Linear;
pub use step::StepDecay;
