//! From result files to an answer: which variant is better, and how sure are we?
//!
//! A report reads result files and nothing else: it uses neither agents nor tensors. It also works while runs are in progress.
//! Missing and damaged files become warnings. The statistics are those of [`crate::stats`]. Pictures of what was learned are made
//! elsewhere and given to it ([`Media`]). A search has a report of its own ([`SearchReport`]).

mod comparison;
mod estimate;
mod figures;
mod findings;
mod gallery;
mod grouping;
mod lines;
mod measure;
mod media;
mod options;
mod origins;
mod outputs;
mod over_environments;
mod page;
mod pairs;
mod parameter_study;
mod quantity;
mod read;
mod run_curves;
mod scores;
mod scoring;
mod search;
mod settings_in_names;
mod table;
mod tables;
mod terminal;
mod tie;
mod time_to_threshold;
mod variant_result;

pub use gallery::MAX_PAGE_BYTES;
pub use media::{BestRun, EnvironmentMedia, EpisodePicture, MapGroup, Media};
pub use options::ReportOptions;
pub use outputs::Report;
pub use read::{Plan, PlannedVariant, experiments_in, read_plan};
pub use search::{SearchReport, is_search};
