//! What to try next.

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Applies, Measurement, Settings, Space, Tpe};
use crate::checksum::checksum;
use crate::rng::Rng;

/// How settings are proposed. Trial 0 of every variant has the config's own settings; samplers propose the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", from = "WrittenSampler")]
pub enum Sampler {
    /// All combinations, in the order of the keys.
    Grid,
    /// Independent draws.
    Random,
    /// Scrambled Sobol' points, which fill the space more evenly than independent draws.
    Sobol,
    /// The tree-structured Parzen estimator: draws where earlier trials were good.
    Tpe(Tpe),
}

/// The sampler as a file has it: a name alone stands for the defaults.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum WrittenSampler {
    Name(SamplerName),
    Table(SamplerTable),
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum SamplerName {
    Grid,
    Random,
    Sobol,
    Tpe,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum SamplerTable {
    /// The tree-structured Parzen estimator: draws where earlier trials were good.
    Tpe(Tpe),
}

impl From<WrittenSampler> for Sampler {
    fn from(written: WrittenSampler) -> Sampler {
        match written {
            WrittenSampler::Name(SamplerName::Grid) => Sampler::Grid,
            WrittenSampler::Name(SamplerName::Random) => Sampler::Random,
            WrittenSampler::Name(SamplerName::Sobol) => Sampler::Sobol,
            WrittenSampler::Name(SamplerName::Tpe) => Sampler::default(),
            WrittenSampler::Table(SamplerTable::Tpe(settings)) => Sampler::Tpe(settings),
        }
    }
}

impl Default for Sampler {
    fn default() -> Self {
        Sampler::Tpe(Tpe::default())
    }
}

/// A trial and its result, for samplers that learn from earlier rounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// The values of its hyperparameters.
    pub settings: Settings,
    /// What it reached.
    pub measured: Measurement,
}

/// What the proposals for one variant depend on, besides the trial and the results of earlier rounds.
pub struct Proposal<'a> {
    /// The hyperparameters.
    pub space: &'a Space,
    /// Which of them apply.
    pub applies: &'a Applies<'a>,
    /// The seed of the search.
    pub seed: u64,
    /// The variant's name.
    pub variant: &'a str,
}

/// The purposes of a search's random streams.
enum Purpose {
    Draw = 1,
    Tpe = 2,
}

impl Sampler {
    /// The trials of each round, of `trials` in all. The trials of a round are proposed together: they see the results of earlier
    /// rounds alone, so that none waits for another and the search does not depend on the order in which they end.
    pub fn rounds(&self, trials: usize) -> Vec<Range<usize>> {
        let Sampler::Tpe(tpe) = self else { return std::iter::once(0..trials).filter(|all| !all.is_empty()).collect() };
        let [first, round] =
            [tpe.n_startup_trials, tpe.round].map(|count| usize::try_from(count).unwrap_or(usize::MAX));
        let mut rounds = Vec::new();
        let mut start = 0;
        while start < trials {
            let size = if start < first { first } else { round };
            let end = start.saturating_add(size.max(1)).min(trials);
            rounds.push(start..end);
            start = end;
        }
        rounds
    }

    /// The settings of the trials of a round, from number 1 on, after the trials `earlier` of the rounds before. Those of a grid are
    /// [`grid_points`](super::grid_points): here a grid is like `random`.
    ///
    /// Until its result is there, a trial of the same round counts as a failed one for the estimator (the "constant liar" of Ginsbourger
    /// et al. 2010, as Optuna's `TPESampler` has it with `constant_liar=True`). Otherwise all trials of a round would gather in one
    /// place.
    pub fn propose(&self, proposal: &Proposal, round: Range<usize>, earlier: &[Observation]) -> Vec<Settings> {
        let mut known = earlier.to_vec();
        let propose = |trial: usize| {
            let settings = match self {
                Sampler::Grid | Sampler::Random => proposal.drawn(trial),
                Sampler::Sobol => proposal.of_sobol(trial),
                Sampler::Tpe(tpe) if tpe.is_startup(trial) => proposal.drawn(trial),
                Sampler::Tpe(tpe) => {
                    tpe.propose(proposal, &mut proposal.stream(Purpose::Tpe, proposal.variant, trial), &known)
                }
            };
            known.push(Observation { settings: settings.clone(), measured: Measurement::FAILED });
            settings
        };
        round.map(propose).collect()
    }
}

impl Proposal<'_> {
    /// The stream of a trial for what is named: a hyperparameter, whose draws are the same for every variant, or a variant.
    fn stream(&self, purpose: Purpose, name: &str, trial: usize) -> Rng {
        Rng::from_seed_and_key(self.seed, &[purpose as u64, checksum(name.as_bytes()), trial as u64])
    }

    /// Independent draws, one for each hyperparameter of the space: none depends on which others there are or apply.
    fn drawn(&self, trial: usize) -> Settings {
        self.space.choose(self.applies, |parameter| self.stream(Purpose::Draw, &parameter.key, trial).random())
    }

    /// A Sobol' point with one dimension for each hyperparameter of the space. The sequence begins again after 65,536 points, and
    /// its dimensions after 256, with another scrambling.
    fn of_sobol(&self, trial: usize) -> Settings {
        const POINTS: usize = 1 << 16;
        let point = trial.saturating_sub(1);
        let place = |dimension: usize| {
            let dimensions = sobol_burley::NUM_DIMENSIONS as usize;
            let again = [self.seed, (point / POINTS) as u64, (dimension / dimensions) as u64];
            let bytes: Vec<u8> = again.iter().flat_map(|part| part.to_le_bytes()).collect();
            let scramble = checksum(&bytes);
            let scramble = (scramble ^ scramble >> 32) as u32;
            f64::from(sobol_burley::sample((point % POINTS) as u32, (dimension % dimensions) as u32, scramble))
        };
        self.space.choose(self.applies, |parameter| place(parameter.dimension))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::Distribution;
    use super::*;

    fn plane() -> Space {
        Space::from(BTreeMap::from(["x", "y"].map(|key| (key.to_owned(), Distribution::uniform(0.0, 1.0)))))
    }

    fn proposed(sampler: Sampler, seed: u64, variant: &str, trial: usize) -> Vec<f64> {
        let space = plane();
        let proposal = Proposal { space: &space, applies: &|_, _| true, seed, variant };
        sampler.propose(&proposal, trial..trial + 1, &[])[0].values().map(|value| value.as_float().unwrap()).collect()
    }

    #[test]
    fn a_proposal_depends_on_seed_and_trial_alone() {
        for sampler in [Sampler::Random, Sampler::Sobol, Sampler::default()] {
            let one = proposed(sampler, 1, "a", 3);
            assert_eq!(one, proposed(sampler, 1, "a", 3));
            for other in [proposed(sampler, 2, "a", 3), proposed(sampler, 1, "a", 4)] {
                assert_ne!(one, other, "{sampler:?}");
            }
        }
    }

    #[test]
    fn variants_get_the_same_values_of_what_they_share_until_results_tell_them_apart() {
        let unit = |keys: &[&str]| -> BTreeMap<String, Distribution> {
            keys.iter().map(|&key| (key.to_owned(), Distribution::uniform(0.0, 1.0))).collect()
        };
        let shared = unit(&["b", "d"]);
        let spaces = [unit(&["a", "c.c"]), unit(&[])].map(|own| Space::new(&shared, &own));
        let of = |sampler: Sampler, variant: usize, trial: usize, earlier: &[Observation]| {
            let (space, name) = (&spaces[variant], ["first", "second"][variant]);
            let proposal = Proposal { space, applies: &|_, _| true, seed: 1, variant: name };
            let settings = sampler.propose(&proposal, trial..trial + 1, earlier).remove(0);
            [settings["b"].clone(), settings["d"].clone()]
        };
        for sampler in [Sampler::Random, Sampler::Sobol, Sampler::default()] {
            for trial in 1..10 {
                assert_eq!(of(sampler, 0, trial, &[]), of(sampler, 1, trial, &[]), "{sampler:?}");
            }
        }
        assert_ne!(of(Sampler::default(), 0, 10, &[]), of(Sampler::default(), 1, 10, &[]));
    }

    #[test]
    fn sobol_points_fill_every_cell_of_a_lattice_once() {
        let cells = |sampler: Sampler| {
            let cell = |trial| proposed(sampler, 7, "a", trial).iter().map(|x| (x * 4.0) as u32).collect::<Vec<_>>();
            (1..=16).map(cell).collect::<std::collections::BTreeSet<_>>().len()
        };
        assert_eq!(cells(Sampler::Sobol), 16, "16 points of a Sobol' sequence are a net of 4 × 4 cells");
        assert!(cells(Sampler::Random) < 16);
    }

    #[test]
    fn rounds_are_fixed_and_cover_every_trial_once() {
        assert_eq!(Sampler::default().rounds(17), [0..10, 10..14, 14..17]);
        assert_eq!(Sampler::default().rounds(3), std::slice::from_ref(&(0..3)));
        assert_eq!(Sampler::Random.rounds(100), std::slice::from_ref(&(0..100)));
        assert_eq!(Sampler::Sobol.rounds(0), [0..0; 0]);
    }
}
