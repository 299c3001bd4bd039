//! The figures of methods over environments.

use super::scale::Scale;
use super::selection::{Selection, variants_of};
use crate::parallel::on_all_cores;
use crate::report::comparison::Comparison;
use crate::report::estimate::Estimate;
use crate::report::options::ReportOptions;
use crate::report::variant_result::VariantResult;
use crate::stats::{
    Bootstrap, improvement_over_tasks, interquartile_mean, iqm_over_tasks, mean_ranks, optimality_gap_over_tasks,
};

/// What a report says over environments.
pub struct OverEnvironments {
    /// The figures; `None` where fewer than two environments have all methods, or fewer than two methods are left.
    pub aggregate: Option<Aggregate>,
    /// Which environments and methods are left out, and why.
    pub left_out: Vec<String>,
}

/// Methods that ran in the same environments, compared.
pub struct Aggregate {
    /// The environments.
    pub environments: Vec<Environment>,
    /// Whether scores are returns of evaluations and not of training episodes.
    pub evaluated: bool,
    /// The methods, in the order of their variants.
    pub methods: Vec<Method>,
    /// Every two methods, the first before the second.
    pub pairs: Vec<Improvement>,
    /// The index of the method that all others are compared with, if it is the baseline of every environment.
    pub baseline: Option<usize>,
}

/// An environment that takes part.
pub struct Environment {
    /// The index of its comparison.
    pub index: usize,
    /// Its name in headings.
    pub title: String,
    /// How its returns are normalised.
    pub scale: Scale,
}

/// A method and its figures.
pub struct Method {
    /// Its name.
    pub name: String,
    /// Its index, which decides its colour.
    pub index: usize,
    /// The normalised scores of its runs in each environment.
    pub scores: Vec<Vec<f64>>,
    /// How many of its runs failed.
    pub failed: usize,
    /// The interquartile mean of the scores of all runs in all environments.
    pub score: Estimate,
    /// By how much runs fall short of 1 in the mean; what is above 1 does not make up for it.
    pub gap: Estimate,
    /// The interquartile mean in each environment, normalised.
    pub of_environments: Vec<f64>,
    /// The mean over environments of its rank by interquartile mean: 1 is the best, ties share the mean of their ranks.
    pub rank: f64,
}

/// The mean over environments of the probability that a run of the first method is better than a run of the second.
#[derive(Clone, Copy, Debug)]
pub struct Improvement {
    /// The index of the first method.
    pub first: usize,
    /// The index of the second method.
    pub second: usize,
    /// The probability.
    pub probability: Estimate,
}

impl OverEnvironments {
    /// Compares the methods that several environments have in common, and gives these environments their scales. `None` if there are
    /// no such methods.
    pub fn of(comparisons: &mut [Comparison], options: &ReportOptions) -> Option<OverEnvironments> {
        let selection = Selection::of(comparisons)?;
        let aggregate = if selection.suffices() { Aggregate::of(comparisons, &selection, options) } else { None };
        for environment in aggregate.iter().flat_map(|aggregate| &aggregate.environments) {
            comparisons[environment.index].scale = Some(environment.scale);
        }
        Some(OverEnvironments { aggregate, left_out: selection.left_out })
    }
}

impl Aggregate {
    fn of(comparisons: &[Comparison], selection: &Selection, options: &ReportOptions) -> Option<Aggregate> {
        let environment = |&index: &usize| {
            let comparison = &comparisons[index];
            Some(Environment { index, title: comparison.title.clone(), scale: Scale::of(comparison)? })
        };
        let environments: Vec<Environment> = selection.environments.iter().map(environment).collect::<Option<_>>()?;
        // [M][E]: of each method its variant in each environment.
        let variant = |method: &String, environment: &Environment| {
            variants_of(&comparisons[environment.index], method).first().copied()
        };
        let of_method = |method: &String| environments.iter().map(|e| variant(method, e)).collect::<Option<Vec<_>>>();
        let variants: Vec<Vec<&VariantResult>> = selection.methods.iter().map(of_method).collect::<Option<_>>()?;
        // Ranks are those of the returns themselves: rounding could make two equal ones differ.
        let iqm = |variant: &VariantResult| interquartile_mean(&variant.final_values());
        let returns: Vec<Vec<f64>> = (0..environments.len())
            .map(|environment| variants.iter().map(|of_method| iqm(of_method[environment])).collect::<Option<_>>())
            .collect::<Option<_>>()?;
        let ranks = mean_ranks(&returns)?;
        let figures = |(index, variants): &(usize, Vec<&VariantResult>)| {
            let scales = || environments.iter().map(|environment| environment.scale);
            let normalised = |(variant, scale): (&&VariantResult, Scale)| {
                variant.final_values().into_iter().map(|value| scale.normalised(value)).collect::<Vec<f64>>()
            };
            let scores: Vec<Vec<f64>> = variants.iter().zip(scales()).map(normalised).collect();
            let of_environments = scales().zip(&returns).map(|(scale, of)| scale.normalised(of[*index])).collect();
            Some(Method {
                name: selection.methods[*index].clone(),
                index: *index,
                failed: variants.iter().map(|variant| variant.failed()).sum(),
                score: over_tasks(&scores, &options.bootstrap, iqm_over_tasks)?,
                gap: over_tasks(&scores, &options.bootstrap, |scores| optimality_gap_over_tasks(scores, 1.0))?,
                of_environments,
                rank: ranks[*index],
                scores,
            })
        };
        let indexed: Vec<(usize, Vec<&VariantResult>)> = variants.iter().cloned().enumerate().collect();
        let methods: Vec<Method> = on_all_cores(&indexed, figures).into_iter().collect::<Option<_>>()?;
        let is_baseline =
            |variant: &&VariantResult, e: &Environment| comparisons[e.index].baseline == Some(variant.index);
        let baseline = variants.iter().position(|of| of.iter().zip(&environments).all(|(v, e)| is_baseline(v, e)));
        let evaluated = comparisons[environments.first()?.index].evaluated;
        let pairs = improvements(&methods, &options.bootstrap)?;
        Some(Aggregate { environments, evaluated, methods, pairs, baseline })
    }

    /// The methods from the highest score to the lowest; of equal ones, the one with the better mean rank comes first.
    pub fn ranked(&self) -> Vec<&Method> {
        let mut ranked: Vec<&Method> = self.methods.iter().collect();
        ranked.sort_by(|a, b| b.score.value.total_cmp(&a.score.value).then(a.rank.total_cmp(&b.rank)));
        ranked
    }

    /// The probability that a run of `one` is better than a run of `other`.
    pub fn improvement(&self, one: usize, other: usize) -> Option<Estimate> {
        let found = |first, second| self.pairs.iter().find(|pair| pair.first == first && pair.second == second);
        let turned = || Some(found(other, one)?.probability.complement());
        found(one, other).map(|pair| pair.probability).or_else(turned)
    }
}

fn improvements(methods: &[Method], bootstrap: &Bootstrap) -> Option<Vec<Improvement>> {
    let pairs: Vec<(&Method, &Method)> = methods
        .iter()
        .enumerate()
        .flat_map(|(i, one)| methods[i + 1..].iter().map(move |other| (one, other)))
        .collect();
    let improvement = |(one, other): &(&Method, &Method)| {
        let tasks = one.scores.len();
        let of_both = |both: &[Vec<f64>]| improvement_over_tasks(&both[..tasks], &both[tasks..]);
        let both: Vec<Vec<f64>> = one.scores.iter().chain(&other.scores).cloned().collect();
        Some(Improvement { first: one.index, second: other.index, probability: over_tasks(&both, bootstrap, of_both)? })
    };
    on_all_cores(&pairs, improvement).into_iter().collect()
}

/// An estimate of strata with its interval.
fn over_tasks(
    strata: &[Vec<f64>],
    bootstrap: &Bootstrap,
    statistic: impl Fn(&[Vec<f64>]) -> Option<f64>,
) -> Option<Estimate> {
    let slices: Vec<&[f64]> = strata.iter().map(Vec::as_slice).collect();
    Some(Estimate { value: statistic(strata)?, interval: bootstrap.interval_of_strata(&slices, &statistic) })
}
