//! What errors of values are measured against.

use super::wording::list;
use crate::report::comparison::Comparison;
use crate::results::TrueValues;

/// The symbol of the true values.
pub fn truth_name(truth: TrueValues) -> &'static str {
    match truth {
        TrueValues::QStar => "Q*",
        TrueValues::QPi => "Qπ",
        TrueValues::VPi => "vπ",
    }
}

/// The symbol with its meaning.
fn truth_with_meaning(truth: TrueValues) -> &'static str {
    match truth {
        TrueValues::QStar => "Q*, the values of optimal actions",
        TrueValues::QPi => "Qπ, the action values of the policy that is followed",
        TrueValues::VPi => "vπ, the state values of the policy that is followed",
    }
}

/// What errors of values are measured against, in a sentence; `None` where there are no such errors.
pub fn truth_sentence(comparison: &Comparison) -> Option<String> {
    let variants_with = |truth: TrueValues| {
        let measured = comparison.variants.iter().filter(|variant| variant.distances.value_error.is_some());
        list(measured.filter(|variant| variant.truth == truth).map(|variant| variant.name.clone()))
    };
    match comparison.truths()[..] {
        [] => None,
        [truth] => Some(format!("Errors of values are distances from {}.", truth_with_meaning(truth))),
        ref several => {
            let part = |&truth: &TrueValues| format!("{} from {}", variants_with(truth), truth_with_meaning(truth));
            let parts: Vec<String> = several.iter().map(part).collect();
            Some(format!(
                "Errors of values are distances from different true values and cannot be compared: {}.",
                parts.join("; ")
            ))
        }
    }
}
