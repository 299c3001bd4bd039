//! The figures of a comparison, in the order of the page.

use super::diagnostics::diagnostics;
use super::distances::{regrets, value_errors};
use super::figure::Figure;
use super::final_scores::{final_scores, learning_speeds};
use super::improvement::{improvement, speed_improvement};
use super::learning_curves::learning_curves;
use super::parameter_studies::parameter_study_figures;
use super::performance_profile::performance_profiles;
use super::sample_efficiency::sample_efficiency;
use super::training::training;
use crate::report::comparison::Comparison;
use crate::report::options::ReportOptions;
use crate::report::quantity::Quantity;

/// All figures for which there are results.
pub fn figures(comparison: &Comparison, options: &ReportOptions) -> Vec<Figure> {
    let band = options.band_bootstrap();
    let errors = || {
        [Quantity::ValueError, Quantity::OnPolicyError, Quantity::BellmanError]
            .map(|quantity| value_errors(comparison, quantity, &band))
    };
    let mut candidates: Vec<Option<Figure>> = Vec::new();
    if comparison.prediction {
        candidates.extend(errors());
    } else {
        candidates.push(learning_curves(comparison, &band));
    }
    candidates.push(final_scores(comparison));
    candidates.extend(parameter_study_figures(comparison));
    candidates.push(performance_profiles(comparison, &band));
    candidates.push(improvement(comparison, &options.bootstrap));
    if let Some(speeds) = &comparison.speeds {
        candidates.push(learning_speeds(speeds));
        candidates.push(speed_improvement(speeds, &options.bootstrap));
    }
    if !comparison.prediction {
        candidates.push(sample_efficiency(comparison));
        candidates.extend(errors());
        candidates.push(regrets(comparison, &band));
    }
    candidates.extend(training(comparison));
    candidates.into_iter().flatten().chain(diagnostics(comparison)).collect()
}
