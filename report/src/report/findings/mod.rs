//! What the figures of a comparison mean, in plain sentences.

mod baseline;
mod best;
mod cautions;
mod conclusions;
mod notes;
mod truth;
mod wording;

pub use baseline::against_baseline;
pub use cautions::cautions;
pub use conclusions::{BEST_OF_EACH, findings};
pub use notes::{budgets, failed_sentence, meaning_of_reached, notes};
pub use truth::{truth_name, truth_sentence};
pub use wording::{list, p_value};
