//! From computed figures to charts: what each chart shows, and its title and caption.

mod all;
mod diagnostics;
mod distances;
mod figure;
mod final_scores;
mod improvement;
mod learning_curves;
mod parameter_studies;
mod performance_profile;
mod sample_efficiency;
mod training;

pub use all::figures;
pub use figure::{Figure, file_prefixes, unique_file_names};
pub use performance_profile::{profile_chart, profile_levels, profile_series};
