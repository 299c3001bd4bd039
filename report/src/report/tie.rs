//! Variants that tie for the best by their final returns are compared by how fast they learn.

use super::comparison::Comparison;
use super::measure::Measure;
use super::pairs::{Pair, pairs};
use super::quantity::Quantity;
use super::variant_result::VariantResult;

/// Why variants tie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tie {
    /// Their final returns have this interquartile mean.
    FinalReturn(f64),
    /// All their runs end with an optimal policy, by the environment's model. That is exact; returns of evaluations are estimates.
    Optimal,
}

impl Comparison {
    /// The indices of the variants that tie for the best by their final returns, and why. `None` if there is a single best one, if
    /// two of them differ significantly, or if their learning curves are equal too.
    fn tied_for_the_best(&self) -> Option<(Tie, Vec<usize>)> {
        let ranked = self.ranked();
        let best = ranked.first()?;
        let highest = best.final_return?.value;
        let equal = |variant: &&VariantResult| variant.final_return.is_some_and(|estimate| estimate.value == highest);
        let optimal =
            |variant: &&VariantResult| !variant.runs.is_empty() && variant.optimal_at_end == variant.runs.len();
        let highest_returns: Vec<&VariantResult> = ranked.iter().copied().filter(equal).collect();
        let (tie, tied): (Tie, Vec<&VariantResult>) = match highest_returns.iter().all(optimal) {
            true => (Tie::Optimal, ranked.iter().copied().filter(optimal).collect()),
            false => (Tie::FinalReturn(highest), highest_returns),
        };
        let members: Vec<usize> = tied.iter().map(|variant| variant.index).collect();
        let areas: Vec<f64> = tied.iter().filter_map(|variant| Some(variant.area?.value)).collect();
        let within = |pair: &Pair| members.contains(&pair.first) && members.contains(&pair.second);
        let differ = self.pairs.iter().any(|pair| within(pair) && pair.significant());
        let told_apart = areas.len() == members.len() && areas.iter().any(|area| *area != areas[0]);
        (members.len() > 1 && !differ && told_apart && self.spans_alike()).then_some((tie, members))
    }

    /// If variants tie for the best, compares them by `areas`, the mean heights of their learning curves (seed and figure of each
    /// run, for each variant). Where all variants tie, these become the scores; where only some tie, `speeds` has them.
    pub fn break_tie(&mut self, areas: Vec<Vec<(u64, f64)>>) {
        let Some((tie, members)) = self.tied_for_the_best().filter(|_| self.measure == Measure::FinalReturn) else {
            return;
        };
        if members.len() < self.variants.iter().filter(|variant| variant.score.is_some()).count() {
            self.speeds = self.speeds_of(tie, &members, &areas).map(Box::new);
            self.tie = self.speeds.as_ref().map(|_| tie);
            return;
        }
        self.tie = Some(tie);
        self.measure = Measure::MeanReturn;
        for (variant, areas) in self.variants.iter_mut().zip(areas) {
            (variant.scores, variant.score) = (areas, variant.area);
        }
        self.pairs = pairs(&self.variants, self.measure, self.baseline);
    }

    /// The same variants with `areas` as the scores of those that tie; the others have no scores. `None` if the baseline is not among
    /// those that tie, since nothing would be tested.
    fn speeds_of(&self, tie: Tie, members: &[usize], areas: &[Vec<(u64, f64)>]) -> Option<Comparison> {
        if self.baseline.is_some_and(|baseline| !members.contains(&baseline)) {
            return None;
        }
        let speed = |variant: &VariantResult| {
            let tied = members.contains(&variant.index);
            let scores = if tied { areas[variant.index].clone() } else { Vec::new() };
            VariantResult { scores, score: variant.area.filter(|_| tied), runs: Vec::new(), ..variant.clone() }
        };
        let variants: Vec<VariantResult> = self.variants.iter().map(speed).collect();
        let failed = self.variants.iter().any(|variant| members.contains(&variant.index) && variant.failed() > 0);
        Some(Comparison {
            environment: self.environment.clone(),
            title: self.title.clone(),
            measure: Measure::MeanReturn,
            failed_score: self.worst_of(Quantity::Return).filter(|_| failed),
            pairs: pairs(&variants, Measure::MeanReturn, self.baseline),
            variants,
            tie: Some(tie),
            speeds: None,
            scale: None,
            worst: self.worst.clone(),
            ..*self
        })
    }
}
