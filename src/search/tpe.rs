//! The tree-structured Parzen estimator.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tpe::density_estimation::DefaultEstimatorBuilder;
use tpe::{TpeOptimizer, TpeOptimizerBuilder, histogram_estimator, parzen_estimator, range};

use super::{Distribution, Observation, Parameter, Proposal, Settings};
use crate::invalid_value::{InvalidValue, all, require};
use crate::rng::Rng;

/// The tree-structured Parzen estimator (Bergstra et al. 2011, section 4), one estimator for each hyperparameter, with the numbers that
/// Optuna's `TPESampler` has by default: the best tenth of the trials is told from the others; of 24 draws from the density of the good
/// ones, the one with the largest ratio of both densities is proposed. Optuna takes 25 trials at most as good ones; here there is no
/// such limit, which makes a difference from 250 trials on. The densities are those of the crate `tpe`.
///
/// Each range is first mapped to the unit interval, so that ranges of logarithms and lattices are estimated
/// there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tpe {
    /// The trials that are drawn at random before the first estimate, the one with the config's own settings among them.
    #[schemars(range(min = 1, max = 100_000))]
    pub n_startup_trials: u64,
    /// The draws of which one is proposed.
    #[schemars(range(min = 1, max = 100_000))]
    pub n_ei_candidates: u64,
    /// The trials of a round: they are proposed together, from the results of earlier rounds. Fewer learn faster, more keep more
    /// workers busy.
    #[schemars(range(min = 1, max = 100_000))]
    pub round: u64,
}

impl Default for Tpe {
    fn default() -> Self {
        Tpe { n_startup_trials: 10, n_ei_candidates: 24, round: 4 }
    }
}

impl Tpe {
    /// Checks every range.
    ///
    /// # Errors
    /// If a number is zero or too large.
    pub fn check(&self) -> Result<(), InvalidValue> {
        let within = |key: &str, value: u64| {
            require((1..=100_000).contains(&value), key, || format!("must be from 1 to 100000, not {value}"))
        };
        all([
            within("n_startup_trials", self.n_startup_trials),
            within("n_ei_candidates", self.n_ei_candidates),
            within("round", self.round),
        ])
    }

    /// Whether a trial is drawn at random.
    pub(super) fn is_startup(&self, trial: usize) -> bool {
        (trial as u64) < self.n_startup_trials
    }

    /// The settings of a trial after the trials `earlier`, those that are proposed in the same round among them.
    pub(super) fn propose(&self, proposal: &Proposal, rng: &mut Rng, earlier: &[Observation]) -> Settings {
        proposal.space.choose(proposal.applies, |parameter| self.place(parameter, rng, earlier))
    }

    /// The place of a hyperparameter's proposed value in the unit interval.
    fn place(&self, parameter: &Parameter, rng: &mut Rng, earlier: &[Observation]) -> f64 {
        let Parameter { key, distribution, .. } = parameter;
        let mut estimator = self.estimator(distribution);
        let width = width(distribution);
        for Observation { settings, measured } in earlier {
            // A trial without the hyperparameter counts in the split of good and bad ones, and in no density.
            let place = settings.get(key).and_then(|value| distribution.place(value));
            // The estimator minimises, and uses no more than the order of the trials.
            let better = earlier.iter().filter(|other| other.measured.order(measured).is_gt()).count();
            let (place, loss) = (place.map_or(f64::NAN, |place| place * width), better as f64);
            estimator.tell(place, loss).expect("places lie in the range");
        }
        estimator.ask(rng).expect("the estimators cannot fail") / width
    }

    fn estimator(&self, distribution: &Distribution) -> TpeOptimizer<DefaultEstimatorBuilder> {
        let estimator = if distribution.choices().is_empty() { parzen_estimator() } else { histogram_estimator() };
        let candidates = usize::try_from(self.n_ei_candidates).unwrap_or(usize::MAX);
        let range = range(0.0, width(distribution)).expect("a range of positive width");
        TpeOptimizerBuilder::new().candidates(candidates).build(estimator, range).expect("at least one candidate")
    }
}

/// The width of the line on which a hyperparameter is estimated: 1 for a range, the number of choices for a choice.
fn width(distribution: &Distribution) -> f64 {
    distribution.choices().len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use toml::Value;

    use super::super::{Measurement, Space};
    use super::*;

    #[test]
    fn proposals_gather_where_trials_were_good() {
        let names = ["a", "b", "c"].map(|name| Value::String(name.to_owned()));
        let space = Space::from(BTreeMap::from([
            ("x".to_owned(), Distribution::uniform(0.0, 1.0)),
            ("name".to_owned(), Distribution::choice(names)),
        ]));
        let proposal = Proposal { space: &space, applies: &|_, _| true, seed: 0, variant: "v" };
        let observation = |index: usize| {
            let x = index as f64 / 60.0;
            let name = ["a", "b", "c"][index % 3];
            let settings = [("x", Value::Float(x)), ("name", Value::String(name.to_owned()))];
            let good = name == "b" && (x - 0.7).abs() < 0.1;
            Observation {
                settings: settings.map(|(key, value)| (key.to_owned(), value)).into(),
                measured: if good { Measurement::from(1.0) } else { Measurement::FAILED },
            }
        };
        let earlier: Vec<Observation> = (0..60).map(observation).collect();
        let is_near = |trial: u64| {
            let settings = Tpe::default().propose(&proposal, &mut Rng::from_seed(trial), &earlier);
            (settings["x"].as_float().unwrap() - 0.7).abs() < 0.2 && settings["name"].as_str() == Some("b")
        };
        let near = (0..100).filter(|&trial| is_near(trial)).count();
        assert!(near > 80, "{near} of 100; independent draws would be 13");
    }

    #[test]
    fn trials_without_the_hyperparameter_or_outside_of_its_range_count_in_no_density() {
        let space = Space::from(BTreeMap::from([("x".to_owned(), Distribution::log_uniform(1e-3, 1.0))]));
        let proposal = Proposal { space: &space, applies: &|_, _| true, seed: 0, variant: "v" };
        let with = |settings: Settings| Observation { settings, measured: Measurement::from(1.0) };
        let outside = Settings::from([("x".to_owned(), Value::Float(5.0))]);
        let upper_end = Settings::from([("x".to_owned(), Value::Float(1.0))]);
        let earlier = [with(Settings::new()), with(outside), with(upper_end)];
        let settings = Tpe::default().propose(&proposal, &mut Rng::from_seed(0), &earlier);
        assert!((1e-3..=1.0).contains(&settings["x"].as_float().unwrap()));
    }
}
