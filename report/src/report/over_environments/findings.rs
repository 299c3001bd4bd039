//! What the figures over environments mean, in plain sentences.

use super::aggregate::{Aggregate, Environment, Method, OverEnvironments};
use super::scale::{One, Zero};
use crate::chart::exact;
use crate::report::estimate::Estimate;
use crate::report::findings::list;
use crate::text::{counted, three_digits};

/// `Over 3 environments`, what they are, and what is compared.
pub fn heading(over: &OverEnvironments) -> String {
    let Some(aggregate) = &over.aggregate else { return "Over environments".to_owned() };
    let titles = list(aggregate.environments.iter().map(|environment| environment.title.clone()));
    format!("Over {} ({titles})", counted(aggregate.environments.len(), "environment"))
}

/// What is normalised.
pub fn score_name(aggregate: &Aggregate) -> &'static str {
    match aggregate.evaluated {
        true => "the normalised returns of final evaluations",
        false => "the normalised returns of the last 100 training episodes",
    }
}

/// Which method is better, and what these runs do not show.
pub fn findings(aggregate: &Aggregate) -> Vec<String> {
    let ranked = aggregate.ranked();
    let mut sentences = match aggregate.baseline {
        Some(baseline) => against_baseline(aggregate, &aggregate.methods[baseline]),
        None => of_best(aggregate, &ranked),
    };
    sentences.push(
        "The numbers in brackets are probabilities that a run of the one is better than a run of the other in the same environment, \
         averaged over environments, with 95 % intervals that are not corrected for the number of pairs."
            .to_owned(),
    );
    sentences
}

/// The method with the highest score against the others.
fn of_best(aggregate: &Aggregate, ranked: &[&Method]) -> Vec<String> {
    let [best, others @ ..] = ranked else { return Vec::new() };
    let equal: Vec<&Method> = ranked.iter().copied().take_while(|m| m.score.value == best.score.value).collect();
    let Groups { better, worse, open } = Groups::of(aggregate, others, |other| (best.index, other.index));
    let mut sentences = vec![match &equal[..] {
        [_] => format!("{} has the highest normalised score over environments.", best.name),
        several => format!("{} share the highest normalised score.", list(several.iter().map(|m| m.name.clone()))),
    }];
    let name = &best.name;
    if !better.is_empty() {
        let than = list(better.into_iter());
        sentences.push(format!("A run of {name} is probably better than a run of {than}."));
    }
    if !worse.is_empty() {
        let than = list(worse.into_iter());
        sentences
            .push(format!("But a run of {name} is probably worse than a run of {than}: scores and ranks disagree."));
    }
    if !open.is_empty() {
        sentences.push(format!("These runs do not show whether {name} is better than {}.", list(open.into_iter())));
    }
    sentences
}

/// All other methods against the baseline.
fn against_baseline(aggregate: &Aggregate, baseline: &Method) -> Vec<String> {
    let ranked = aggregate.ranked();
    let others: Vec<&Method> = ranked.into_iter().filter(|method| method.index != baseline.index).collect();
    let groups = Groups::of(aggregate, &others, |other| (other.index, baseline.index));
    let name = &baseline.name;
    let part = |methods: Vec<String>, what: &str| {
        (!methods.is_empty()).then(|| format!("{what}: {}.", list(methods.into_iter())))
    };
    let parts = [
        part(groups.better, &format!("Probably better than the baseline {name}")),
        part(groups.worse, &format!("Probably worse than the baseline {name}")),
        part(groups.open, &format!("Not shown to be better or worse than the baseline {name}")),
    ];
    parts.into_iter().flatten().collect()
}

/// Methods by what their probability's interval says, each with that probability.
#[derive(Default)]
struct Groups {
    better: Vec<String>,
    worse: Vec<String>,
    open: Vec<String>,
}

impl Groups {
    /// `pair` gives, for a method, the indices of the method whose run is better with the probability, and of the other one.
    fn of(aggregate: &Aggregate, methods: &[&Method], pair: impl Fn(&Method) -> (usize, usize)) -> Groups {
        let mut groups = Groups::default();
        for method in methods {
            let (one, other) = pair(method);
            let Some(probability) = aggregate.improvement(one, other) else { continue };
            let group = match decided(&probability) {
                Some(true) => &mut groups.better,
                Some(false) => &mut groups.worse,
                None => &mut groups.open,
            };
            group.push(format!("{} ({})", method.name, shown(&probability)));
        }
        groups
    }
}

/// Whether the interval of a probability is above one half, or below it; `None` if it contains one half, or there is none.
pub fn decided(probability: &Estimate) -> Option<bool> {
    let interval = probability.interval?;
    if interval.contains(0.5) { None } else { Some(interval.low > 0.5) }
}

fn shown(probability: &Estimate) -> String {
    let interval = probability.interval.map_or(String::new(), |i| format!(" [{:.2}, {:.2}]", i.low, i.high));
    format!("{:.2}{interval}", probability.value)
}

/// How scores are normalised in each environment, and what depends on it.
pub fn normalisation(aggregate: &Aggregate) -> Vec<String> {
    let places = |of: &dyn Fn(&Environment) -> Option<f64>| {
        let number = |environment: &Environment| Some((number_in_text(of(environment)?), environment.title.clone()));
        list(aggregate.environments.iter().filter_map(number).map(|(number, title)| format!("{number} in {title}")))
    };
    let zero =
        |is: Zero| places(&|e| (e.scale.zero_is == is && e.scale.one_is != One::Nothing).then_some(e.scale.zero));
    let one = |is: One| places(&|e| (e.scale.one_is == is).then_some(e.scale.one));
    let joined = |parts: &[(&str, String)]| {
        let parts = parts.iter().filter(|(_, places)| !places.is_empty());
        parts.map(|(what, places)| format!("{what} ({places})")).collect::<Vec<_>>().join(", or ")
    };
    let zeros = joined(&[
        ("the median return before learning, at step 0, of all runs there", zero(Zero::BeforeLearning)),
        ("the lowest final return of a run there", zero(Zero::WorstRun)),
    ]);
    let ones = joined(&[
        ("the return that counts as solved", one(One::Solved)),
        ("the highest final return of a run there", one(One::BestRun)),
    ]);
    let mut sentences = Vec::new();
    if !zeros.is_empty() {
        sentences.push(format!("Scores are final returns, normalised in each environment: 0 is {zeros}; 1 is {ones}."));
    }
    let nothing = places(&|e| (e.scale.one_is == One::Nothing).then_some(e.scale.zero));
    if !nothing.is_empty() {
        sentences.push(format!("All final returns are equal, and count as 0: {nothing}."));
    }
    let relative =
        aggregate.environments.iter().any(|e| e.scale.one_is == One::BestRun || e.scale.zero_is == Zero::WorstRun);
    let who = if relative { " and, where a run of this report sets them, on who takes part" } else { "" };
    sentences.push(format!(
        "The size of a score, and the order by scores, depend on these two numbers{who}; mean ranks and the probabilities do not."
    ));
    sentences
}

/// A number as it is, or with three digits if that is too long.
fn number_in_text(value: f64) -> String {
    let whole = exact(value);
    if whole.len() <= 6 { whole } else { three_digits(value) }
}

/// What a reader has to know before believing the figures.
pub fn cautions(aggregate: &Aggregate) -> Vec<String> {
    let mut cautions = Vec::new();
    let counts = || aggregate.methods.iter().flat_map(|method| &method.scores).map(Vec::len);
    let (fewest, most) = (counts().min().unwrap_or(0), counts().max().unwrap_or(0));
    if fewest < most {
        cautions.push(format!(
            "unequal numbers of runs, {fewest} to {most} of a method in an environment: in normalised scores and gaps, environments \
             with more runs weigh more"
        ));
    }
    if fewest == 1 {
        cautions.push(
            "a method with a single run in an environment has no spread there, so intervals are too narrow: add seeds"
                .to_owned(),
        );
    }
    let failed = aggregate.methods.iter().filter(|method| method.failed > 0);
    let failed = list(failed.map(|method| format!("{} of {}", method.failed, method.name)));
    if !failed.is_empty() {
        cautions.push(format!(
            "failed runs count with the worst return that any run in their environment ever had, which may be far below 0 on the \
             normalised scale: {failed}"
        ));
    }
    cautions
}
