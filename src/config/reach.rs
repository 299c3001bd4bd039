//! Which variants an override changes. An override that changes no run is refused: `experiment.toml` would record a
//! setting that no run had.

use std::collections::BTreeSet;

use super::grid::Expansion;
use super::overrides::{Override, Target};
use super::{RunConfig, SLOTS};

/// All that the reach of an override depends on.
pub struct Reach<'a> {
    /// All overrides, in the order of their application.
    pub overrides: &'a [Override],
    /// The slots of each variant in the file, before the overrides of single variants.
    pub own_slots: &'a [BTreeSet<String>],
    /// The variants of the grid.
    pub expansion: &'a Expansion,
    /// The experiment's variants.
    pub variants: &'a [RunConfig],
    /// The names of the variants to run; empty for all.
    pub only: &'a [String],
}

/// The number of names that a message lists; the rest is counted.
const MAX_LISTED: usize = 12;

impl Reach<'_> {
    /// Notes about overrides that change some of the variants to run and not others.
    ///
    /// # Errors
    /// The overrides that change none of them, each with a message.
    pub fn check(&self) -> Result<Vec<String>, Vec<(&Override, String)>> {
        let runs = |&index: &usize| self.only.is_empty() || self.only.contains(&self.variants[index].variant);
        let variants: Vec<usize> = (0..self.variants.len()).filter(runs).collect();
        let (mut notes, mut idle) = (Vec::new(), Vec::new());
        for set in self.overrides {
            let meant: Vec<usize> = variants.iter().copied().filter(|&variant| self.means(set, variant)).collect();
            let missed: Vec<(usize, Why)> =
                meant.iter().filter_map(|&variant| Some((variant, self.why_not(set, variant)?))).collect();
            if variants.is_empty() || (missed.is_empty() && !meant.is_empty()) {
                continue; // no variants: `--only` with an unknown name is refused elsewhere
            }
            let reasons = self.reasons(set, &missed);
            if missed.len() < meant.len() {
                notes.push(format!("--set {} does not reach {reasons}", set.assignment));
            } else if meant.is_empty() {
                idle.push((set, self.unmeant(set)));
            } else {
                idle.push((set, format!("changes nothing: it does not reach {reasons}{}", self.remedy(set, &missed))));
            }
        }
        if idle.is_empty() { Ok(notes) } else { Err(idle) }
    }

    /// Why an override concerns none of the variants to run.
    fn unmeant(&self, set: &Override) -> String {
        match set.target {
            Target::Experiment => format!("changes nothing: no run learns, so none has a use for `{}`", set.path[0]),
            _ => "changes nothing: the variant that it addresses is not to run, or does not learn".to_owned(),
        }
    }

    /// Whether an override concerns a variant. The approximator, the optimizer and diagnostics do not concern one that does
    /// not learn.
    fn means(&self, set: &Override, variant: usize) -> bool {
        let of_learning = ["approximator", "optimizer", "diagnostics"].contains(&set.path[0].as_str());
        let learns = self.variants[variant].algorithm.learns();
        let addressed = match set.target {
            Target::Experiment => true,
            Target::Variant(index) => self.expansion.origin(variant) == Some(index),
            Target::Expanded(index) => index == variant,
        };
        addressed && (learns || !of_learning)
    }

    /// Why no value that an override sets is used by a variant; `None` if one is.
    fn why_not(&self, set: &Override, variant: usize) -> Option<Why> {
        let slot = &set.path[0];
        if !SLOTS.contains(&slot.as_str()) {
            return None;
        }
        let origin = self.expansion.origin(variant);
        let is_own = origin.is_some_and(|index| self.own_slots[index].contains(slot));
        if is_own && set.target == Target::Experiment {
            return Some(Why::OwnSlot);
        }
        let in_grid = |leaf: &Vec<String>| {
            !matches!(set.target, Target::Expanded(_))
                && self.expansion.varied().iter().any(|axis| leaf.starts_with(axis))
        };
        let narrower = |other: &&Override| rank(other.target) > rank(set.target) && self.means(other, variant);
        let in_other =
            |leaf: &Vec<String>| self.overrides.iter().filter(narrower).any(|other| leaf.starts_with(&other.path));
        let leaves = set.leaves();
        match leaves.iter().all(|leaf| in_grid(leaf) || in_other(leaf)) {
            false => None,
            true if leaves.iter().any(in_grid) => Some(Why::Grid),
            true => Some(Why::Override),
        }
    }

    fn reasons(&self, set: &Override, missed: &[(usize, Why)]) -> String {
        let of = |why: Why| {
            let names: Vec<&str> = missed
                .iter()
                .filter(|(_, w)| *w == why)
                .map(|(variant, _)| self.variants[*variant].variant.as_str())
                .collect();
            let because = match why {
                Why::OwnSlot => format!("which {} `{}` of {} own", has(&names), set.path[0], its(&names)),
                Why::Grid => "where the grid sets this".to_owned(),
                Why::Override => "where another --set replaces this".to_owned(),
            };
            (!names.is_empty()).then(|| format!("{}, {because}", listed(&names)))
        };
        [Why::OwnSlot, Why::Grid, Why::Override].into_iter().filter_map(of).collect::<Vec<_>>().join("; and ")
    }

    fn remedy(&self, set: &Override, missed: &[(usize, Why)]) -> String {
        let key = set.path.join(".");
        match missed.first() {
            Some((_, Why::Grid)) => {
                let axis = self.expansion.varied().iter().find(|axis| set.path.starts_with(axis));
                format!(
                    "; change the grid, with --set 'grid.{}=[…]' for example",
                    axis.map_or(key, |axis| axis.join("."))
                )
            }
            Some((variant, Why::OwnSlot)) => {
                format!("; address one of them with --set variant.{}.{key}=…", self.variants[*variant].variant)
            }
            _ => "; leave one of the two out".to_owned(),
        }
    }
}

/// Why an override does not reach a variant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    OwnSlot,
    Grid,
    Override,
}

/// The order in which overrides are applied: those with a narrower target later.
fn rank(target: Target) -> u8 {
    match target {
        Target::Experiment => 0,
        Target::Variant(_) => 1,
        Target::Expanded(_) => 2,
    }
}

fn listed(names: &[&str]) -> String {
    let head = if names.len() == 1 { "the variant " } else { "the variants " };
    let shown = names.iter().take(MAX_LISTED).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(MAX_LISTED);
    if more > 0 { format!("{head}{shown} and {more} more") } else { format!("{head}{shown}") }
}

fn has(names: &[&str]) -> &'static str {
    if names.len() == 1 { "has an" } else { "have an" }
}

fn its(names: &[&str]) -> &'static str {
    if names.len() == 1 { "its" } else { "their" }
}
