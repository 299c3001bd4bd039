//! What the view looks like: from the model to cells of the terminal.

mod curves;
mod legend;
mod losses;
mod numbers;
mod replay;
mod runs;
#[cfg(test)]
mod tests;
mod whole;

pub use whole::draw;
