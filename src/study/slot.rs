//! The registry of studies.

use std::sync::{Arc, LazyLock};

use super::{
    Activations, ApproximateQ, Backprop, Depth, Findings, LinearFeatures, LinearRegions, Optimizers, Representation,
    ShallowNetwork, TdLossStudy, UniversalApproximation,
};
use crate::invalid_value::InvalidValue;
use crate::registry::{AnyPart, Entry, Part, Registry, Slot, SlotKind, Takes};

/// The settings of a study. Its name and its line of summary are those of a [`Part`].
pub trait Study: AnyPart {
    /// Its title, as a heading.
    fn title(&self) -> &'static str;

    /// Checks every setting.
    ///
    /// # Errors
    /// What is wrong, under the key of the setting.
    fn check(&self) -> Result<(), InvalidValue> {
        Ok(())
    }

    /// Measures. `progress` is told in a few words what comes next. The settings are checked. The same settings and the same
    /// seed give the same findings, to the bit.
    fn run(&self, seed: u64, progress: &dyn Fn(&str)) -> Findings;
}

/// A study with its settings.
pub type StudyConfig = Slot<dyn Study>;

/// Every study, in the order of the course: one line each.
static STUDIES: LazyLock<Registry<dyn Study>> = LazyLock::new(|| {
    Registry::new([
        Entry::of::<LinearFeatures>(),
        Entry::of::<ShallowNetwork>(),
        Entry::of::<UniversalApproximation>(),
        Entry::of::<LinearRegions>(),
        Entry::of::<Representation>(),
        Entry::of::<Depth>(),
        Entry::of::<Activations>(),
        Entry::of::<Backprop>(),
        Entry::of::<Optimizers>(),
        Entry::of::<TdLossStudy>(),
        Entry::of::<ApproximateQ>(),
    ])
});

/// The studies by name.
pub fn studies() -> &'static Registry<dyn Study> {
    &STUDIES
}

impl SlotKind for dyn Study {
    const NAME: &'static str = "StudyConfig";
    const NOUN: &'static str = "a study";

    fn registry() -> &'static Registry<dyn Study> {
        &STUDIES
    }
}

impl<P: Part + Study> Takes<P> for dyn Study {
    fn erase(part: P) -> Arc<Self> {
        Arc::new(part)
    }
}
