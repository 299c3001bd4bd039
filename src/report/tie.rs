//! Variants that are equally good at their end: learning speed tells them apart.

use super::comparison::{Comparison, Entry, Measure, Quantity};
use super::pairs::{Pair, pairs};

/// What variants that tie have in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tie {
    /// The interquartile mean of their final returns.
    FinalReturn(f64),
    /// Every run ends with an optimal policy, by the environment's model: evaluations, which are estimates, add nothing to that.
    Optimal,
}

impl Comparison {
    /// The variants that share the best place by their final returns, and why. Nothing where there is a single best one, where
    /// two of them differ significantly, or where learning curves do not tell them apart either.
    fn tied_for_the_best(&self) -> Option<(Tie, Vec<usize>)> {
        let ranked = self.ranked();
        let best = ranked.first()?;
        let highest = best.final_return?.value;
        let equal = |entry: &&Entry| entry.final_return.is_some_and(|estimate| estimate.value == highest);
        let optimal = |entry: &&Entry| !entry.runs.is_empty() && entry.optimal_at_end == entry.runs.len();
        let highest_returns: Vec<&Entry> = ranked.iter().copied().filter(equal).collect();
        let (tie, tied): (Tie, Vec<&Entry>) = match highest_returns.iter().all(optimal) {
            true => (Tie::Optimal, ranked.iter().copied().filter(optimal).collect()),
            false => (Tie::FinalReturn(highest), highest_returns),
        };
        let members: Vec<usize> = tied.iter().map(|entry| entry.variant).collect();
        let areas: Vec<f64> = tied.iter().filter_map(|entry| Some(entry.area?.value)).collect();
        let within = |pair: &Pair| members.contains(&pair.first) && members.contains(&pair.second);
        let differ = self.pairs.iter().any(|pair| within(pair) && pair.significant());
        let told_apart = areas.len() == members.len() && areas.iter().any(|area| *area != areas[0]);
        (members.len() > 1 && !differ && told_apart && self.spans_alike()).then_some((tie, members))
    }

    /// Compares those that tie for the best by `areas`, the mean heights of their learning curves (seed and figure of each run):
    /// instead of final returns where all tie, beside them where others are worse.
    pub fn break_tie(&mut self, areas: Vec<Vec<(u64, f64)>>) {
        let Some((tie, members)) = self.tied_for_the_best().filter(|_| self.measure == Measure::FinalReturn) else {
            return;
        };
        if members.len() < self.entries.iter().filter(|entry| entry.score.is_some()).count() {
            self.speeds = self.speeds_of(tie, &members, &areas).map(Box::new);
            self.tie = self.speeds.as_ref().map(|_| tie);
            return;
        }
        self.tie = Some(tie);
        self.measure = Measure::MeanReturn;
        for (entry, areas) in self.entries.iter_mut().zip(areas) {
            (entry.scores, entry.score) = (areas, entry.area);
        }
        self.pairs = pairs(&self.entries, self.measure, self.baseline);
    }

    /// The same variants with `areas`, the mean heights of their learning curves, as the scores of those that tie; others have
    /// none. With a baseline that is not among them there is nothing to test.
    fn speeds_of(&self, tie: Tie, members: &[usize], areas: &[Vec<(u64, f64)>]) -> Option<Comparison> {
        if self.baseline.is_some_and(|baseline| !members.contains(&baseline)) {
            return None;
        }
        let speed = |entry: &Entry| {
            let tied = members.contains(&entry.variant);
            let scores = if tied { areas[entry.variant].clone() } else { Vec::new() };
            Entry { scores, score: entry.area.filter(|_| tied), runs: Vec::new(), ..entry.clone() }
        };
        let entries: Vec<Entry> = self.entries.iter().map(speed).collect();
        let failed = self.entries.iter().any(|entry| members.contains(&entry.variant) && entry.failed() > 0);
        Some(Comparison {
            environment: self.environment.clone(),
            title: self.title.clone(),
            measure: Measure::MeanReturn,
            worst: self.worst_of(Quantity::Return).filter(|_| failed),
            pairs: pairs(&entries, Measure::MeanReturn, self.baseline),
            entries,
            tie: Some(tie),
            speeds: None,
            ..*self
        })
    }
}
