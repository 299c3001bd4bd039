//! The statistics against rliable, SciPy, statsmodels and lifelines (`golden/stats`, written by `make.py` there), and against known
//! true values in simulated experiments.

#![allow(clippy::unwrap_used)] // a test may panic

use serde::Deserialize;
use serde::de::DeserializeOwned;
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use tilde::stats::{
    Bootstrap, ConfidenceInterval, Reached, area_under_curve, holm, improvement_over_tasks, interquartile_mean,
    iqm_over_tasks, mean, mean_ranks, median, median_time, optimality_gap, optimality_gap_over_tasks,
    performance_profile, performance_profile_intervals, performance_profile_intervals_over_tasks,
    performance_profile_over_tasks, probability_of_improvement, seeds_needed, share_reached, wilcoxon_signed_rank,
};
use tilde_envs::Rng;

fn golden<T: DeserializeOwned>(name: &str) -> T {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/stats/");
    serde_json::from_str(&std::fs::read_to_string(format!("{folder}{name}.json")).unwrap()).unwrap()
}

/// Equal up to the rounding of sums, which NumPy adds in another order.
fn same(ours: Option<f64>, theirs: f64) {
    let ours = ours.unwrap();
    assert!((ours - theirs).abs() <= 1e-12 * theirs.abs().max(1.0), "{ours} and not {theirs}");
}

// ---- Point estimates ------------------------------------------------------------------------------------------------

#[derive(Deserialize)]
struct Estimates {
    thresholds: Vec<f64>,
    samples: Vec<Sample>,
    pairs: Vec<Pair>,
}

#[derive(Deserialize)]
struct Sample {
    scores: Vec<f64>,
    mean: f64,
    median: f64,
    iqm: f64,
    gap: f64,
    profile: Vec<f64>,
}

#[derive(Deserialize)]
struct Pair {
    x: Vec<f64>,
    y: Vec<f64>,
    probability: f64,
}

#[test]
fn estimates_are_those_of_scipy_and_rliable() {
    let golden: Estimates = golden("estimates");
    for sample in golden.samples {
        same(mean(&sample.scores), sample.mean);
        same(median(&sample.scores), sample.median);
        same(interquartile_mean(&sample.scores), sample.iqm);
        same(optimality_gap(&sample.scores, 0.5), sample.gap);
        let profile = performance_profile(&sample.scores, &golden.thresholds).unwrap();
        assert_eq!(profile.len(), sample.profile.len());
        profile.into_iter().zip(sample.profile).for_each(|(ours, theirs)| same(Some(ours), theirs));
    }
}

#[test]
fn the_probability_of_improvement_is_that_of_rliable_and_of_mann_and_whitney() {
    for pair in golden::<Estimates>("estimates").pairs {
        same(probability_of_improvement(&pair.x, &pair.y), pair.probability);
        same(probability_of_improvement(&pair.y, &pair.x), 1.0 - pair.probability);
    }
}

// ---- Intervals ------------------------------------------------------------------------------------------------------

#[derive(Deserialize)]
struct Intervals {
    one: Vec<OfOne>,
    two: Vec<OfTwo>,
}

/// The ends of an interval by 50,000 resamples, and the band in which each end by another 50,000 lies, five standard deviations to
/// both sides: `make.py` says how it is computed.
#[derive(Deserialize)]
struct Ends {
    interval: [f64; 2],
    bands: [[f64; 2]; 2],
}

impl Ends {
    fn agree_with(&self, ours: Option<ConfidenceInterval>, what: &str) {
        let ours = ours.unwrap();
        for (end, [low, high]) in [ours.low, ours.high].into_iter().zip(self.bands) {
            let allowed = low - 1e-12..=high + 1e-12;
            assert!(
                allowed.contains(&end),
                "{what}: {ours:?} and not {:?}, for {end} is not in {allowed:?}",
                self.interval
            );
        }
    }
}

#[derive(Deserialize)]
struct OfOne {
    scores: Vec<f64>,
    statistic: String,
    #[serde(flatten)]
    ends: Ends,
}

#[derive(Deserialize)]
struct OfTwo {
    x: Vec<f64>,
    y: Vec<f64>,
    #[serde(flatten)]
    ends: Ends,
}

/// A statistic by its name in the golden files.
fn statistic(name: &str, scores: &[f64]) -> Option<f64> {
    match name {
        // rliable's median is over the means of the tasks: of one task it is the mean.
        "mean" | "median_over_tasks" => mean(scores),
        "iqm" => interquartile_mean(scores),
        "gap" => optimality_gap(scores, 0.5),
        "profile" => performance_profile(scores, &[0.5]).map(|profile| profile[0]),
        _ => panic!("no statistic is named {name}"),
    }
}

/// Settings whose expanded interval is the plain percentile interval of the confidence in `bootstrap`, rliable's. The expansion
/// replaces a level by Φ(√(n / f) · t) with t its quantile of Student's distribution with f degrees of freedom; this is the inverse.
fn percentile(bootstrap: Bootstrap, scores: usize, freedom: usize) -> Bootstrap {
    let normal = Normal::standard().inverse_cdf(0.5 + bootstrap.confidence / 2.0);
    let t = normal / (scores as f64 / freedom as f64).sqrt();
    let level = StudentsT::new(0.0, 1.0, freedom as f64).unwrap().cdf(t);
    Bootstrap { confidence: 2.0 * level - 1.0, ..bootstrap }
}

#[test]
fn without_the_expansion_intervals_are_those_of_rliable() {
    for OfOne { scores, statistic: name, ends } in golden::<Intervals>("intervals").one {
        let bootstrap = percentile(Bootstrap::default(), scores.len(), scores.len() - 1);
        ends.agree_with(bootstrap.interval(&scores, |scores| statistic(&name, scores)), &name);
    }
}

#[test]
fn without_the_expansion_intervals_of_two_samples_are_those_of_rliable() {
    for OfTwo { x, y, ends } in golden::<Intervals>("intervals").two {
        let runs = x.len() + y.len();
        let bootstrap = percentile(Bootstrap::default(), runs, runs - 2);
        ends.agree_with(bootstrap.interval_of_two(&x, &y, probability_of_improvement), "improvement");
    }
}

// ---- Several tasks --------------------------------------------------------------------------------------------------

#[derive(Deserialize)]
struct Tasks {
    thresholds: Vec<f64>,
    cases: Vec<OfTasks>,
}

/// Estimates of `x`, and of `x` against `y`, with the ends of their intervals.
#[derive(Deserialize)]
struct OfTasks {
    x: Vec<Vec<f64>>,
    y: Vec<Vec<f64>>,
    iqm: f64,
    gap: f64,
    profile: Vec<f64>,
    improvement: f64,
    mean_ranks: Vec<f64>,
    intervals: TaskIntervals,
}

#[derive(Deserialize)]
struct TaskIntervals {
    iqm: Ends,
    gap: Ends,
    profile: Ends,
    improvement: Ends,
}

#[test]
fn estimates_over_tasks_and_their_stratified_intervals_are_those_of_numpy() {
    let golden: Tasks = golden("tasks");
    assert_eq!(golden.cases.len(), 3);
    for OfTasks { x, y, iqm, gap, profile, improvement, mean_ranks: ranks, intervals } in golden.cases {
        same(iqm_over_tasks(&x), iqm);
        same(optimality_gap_over_tasks(&x, 1.0), gap);
        let ours = performance_profile_over_tasks(&x, &golden.thresholds).unwrap();
        ours.into_iter().zip(profile).for_each(|(ours, theirs)| same(Some(ours), theirs));
        same(improvement_over_tasks(&x, &y), improvement);
        same(improvement_over_tasks(&y, &x), 1.0 - improvement);
        let of_task =
            |(x, y): (&Vec<f64>, &Vec<f64>)| [x, y].map(|scores| interquartile_mean(scores).unwrap()).to_vec();
        let scores: Vec<Vec<f64>> = x.iter().zip(&y).map(of_task).collect();
        mean_ranks(&scores).unwrap().into_iter().zip(ranks).for_each(|(ours, theirs)| same(Some(ours), theirs));

        let tasks: Vec<&[f64]> = x.iter().map(Vec::as_slice).collect();
        let both: Vec<&[f64]> = x.iter().chain(&y).map(Vec::as_slice).collect();
        let plain = |strata: &[&[f64]]| {
            let runs: usize = strata.iter().map(|stratum| stratum.len()).sum();
            percentile(Bootstrap::default(), runs, runs - strata.len())
        };
        let of_x = plain(&tasks);
        intervals.iqm.agree_with(of_x.interval_of_strata(&tasks, iqm_over_tasks), "iqm");
        let gap = |tasks: &[Vec<f64>]| optimality_gap_over_tasks(tasks, 1.0);
        intervals.gap.agree_with(of_x.interval_of_strata(&tasks, gap), "gap");
        let profile = performance_profile_intervals_over_tasks(&of_x, &tasks, &[0.5]).map(|all| all[0]);
        intervals.profile.agree_with(profile, "profile");
        let improvement = |both: &[Vec<f64>]| improvement_over_tasks(&both[..tasks.len()], &both[tasks.len()..]);
        intervals.improvement.agree_with(plain(&both).interval_of_strata(&both, improvement), "improvement");
    }
}

#[test]
fn the_expansion_of_ten_runs_is_that_of_hesterberg() {
    // √(10 / 9) · t with t = 2.262157 of nine degrees of freedom is the normal quantile at 0.991449 (SciPy).
    let higher = Bootstrap { confidence: 1.0 - 2.0 * 0.008551, ..Bootstrap::default() };
    let scores = skewed(&mut Rng::from_seed(1), 10);
    let expanded = Bootstrap::default().iqm_interval(&scores).unwrap();
    let percentile = percentile(higher, 10, 9).iqm_interval(&scores).unwrap();
    assert!((expanded.low - percentile.low).abs() < 1e-3 && (expanded.high - percentile.high).abs() < 1e-3);
}

#[test]
fn only_the_seed_decides_an_interval() {
    let scores = normal(&mut Rng::from_seed(2), 12);
    let mut reversed = scores.clone();
    reversed.reverse();
    let all = |seed, scores: &[f64]| {
        let bootstrap = Bootstrap { resamples: 2000, seed, ..Bootstrap::default() };
        [
            bootstrap.iqm_interval(scores).unwrap(),
            bootstrap.interval_of_two(scores, &[1.0, 2.0, 4.0], probability_of_improvement).unwrap(),
        ]
    };
    assert_eq!(all(3, &scores), all(3, &scores));
    assert_eq!(all(3, &scores), all(3, &reversed));
    assert_ne!(all(3, &scores), all(4, &scores));
}

#[test]
fn equal_scores_have_an_interval_of_width_zero() {
    let bootstrap = Bootstrap { resamples: 1000, ..Bootstrap::default() };
    for runs in [2, 7, 10] {
        let interval = bootstrap.iqm_interval(&vec![0.1; runs]).unwrap();
        assert!(interval.width() == 0.0 && (interval.low - 0.1).abs() < 1e-15);
    }
}

#[test]
fn one_run_has_no_interval() {
    let bootstrap = Bootstrap::default();
    assert_eq!(bootstrap.iqm_interval(&[1.0]), None);
    assert_eq!(bootstrap.interval_of_two(&[1.0], &[2.0], probability_of_improvement), None);
    assert!(bootstrap.interval_of_two(&[1.0], &[2.0, 3.0], probability_of_improvement).is_some());
}

#[test]
fn without_scores_and_with_nan_there_is_no_interval() {
    let bootstrap = Bootstrap::default();
    for scores in [&[][..], &[1.0, f64::NAN, 2.0]] {
        assert_eq!(bootstrap.iqm_interval(scores), None);
        assert_eq!(bootstrap.interval_of_two(scores, &[1.0, 2.0], probability_of_improvement), None);
        assert_eq!(performance_profile_intervals(&bootstrap, scores, &[0.0]), None);
    }
    assert_eq!(bootstrap.interval(&[1.0, 2.0], |_| None), None);
}

// ---- Tests ----------------------------------------------------------------------------------------------------------

#[derive(Deserialize)]
struct Tests {
    wilcoxon: Vec<OfDifferences>,
    wilcoxon_with_ties: Vec<OfDifferences>,
    holm: Vec<Adjusted>,
}

#[derive(Deserialize)]
struct OfDifferences {
    differences: Vec<f64>,
    p: f64,
}

#[derive(Deserialize)]
struct Adjusted {
    p: Vec<f64>,
    adjusted: Vec<f64>,
}

#[test]
fn signed_rank_p_values_are_those_of_scipy_and_of_all_patterns() {
    let golden: Tests = golden("tests");
    for OfDifferences { differences, p } in golden.wilcoxon.into_iter().chain(golden.wilcoxon_with_ties) {
        same(wilcoxon_signed_rank(&differences), p);
    }
}

#[test]
fn holms_adjustment_is_that_of_statsmodels() {
    for Adjusted { p, adjusted } in golden::<Tests>("tests").holm {
        holm(&p).into_iter().zip(adjusted).for_each(|(ours, theirs)| same(Some(ours), theirs));
    }
}

// ---- Learning curves ------------------------------------------------------------------------------------------------

#[derive(Deserialize)]
struct Survival {
    kaplan_meier: Vec<Times>,
    areas: Vec<Area>,
}

#[derive(Deserialize)]
struct Times {
    steps: Vec<f64>,
    reached: Vec<bool>,
    share: Vec<(f64, f64)>,
    median: Option<f64>,
}

#[derive(Deserialize)]
struct Area {
    steps: Vec<f64>,
    values: Vec<f64>,
    height: f64,
}

#[test]
fn shares_that_have_reached_the_threshold_are_those_of_lifelines() {
    for case in golden::<Survival>("survival").kaplan_meier {
        let time = |(&step, &reached): (&f64, &bool)| if reached { Reached::At(step) } else { Reached::Censored(step) };
        let times: Vec<Reached> = case.steps.iter().zip(&case.reached).map(time).collect();
        let shares = share_reached(&times);
        assert_eq!(shares.len(), case.share.len());
        for ((step, share), (their_step, theirs)) in shares.into_iter().zip(case.share) {
            assert_eq!(step, their_step);
            same(Some(share), theirs);
        }
        assert_eq!(median_time(&times), case.median);
    }
}

#[test]
fn areas_are_numpys() {
    for Area { steps, values, height } in golden::<Survival>("survival").areas {
        same(area_under_curve(&steps, &values, steps[steps.len() - 1]), height);
    }
}

// ---- Simulated experiments ------------------------------------------------------------------------------------------

fn gaussian(rng: &mut Rng) -> f64 {
    (-2.0 * (1.0 - rng.random()).ln()).sqrt() * (std::f64::consts::TAU * rng.random()).cos() // Box & Muller 1958
}

fn normal(rng: &mut Rng, runs: usize) -> Vec<f64> {
    (0..runs).map(|_| gaussian(rng)).collect()
}

/// The exponential distribution.
fn skewed(rng: &mut Rng, runs: usize) -> Vec<f64> {
    (0..runs).map(|_| -(1.0 - rng.random()).ln()).collect()
}

/// Three runs of five solve the task, the others do not.
fn two_modes(rng: &mut Rng, runs: usize) -> Vec<f64> {
    let run = |rng: &mut Rng| if rng.random() < 0.6 { 0.95 + 0.03 * gaussian(rng) } else { 0.1 + 0.1 * gaussian(rng) };
    (0..runs).map(|_| run(rng)).collect()
}

type Draw = fn(&mut Rng, usize) -> Vec<f64>;

/// A name, how runs are drawn, and the interquartile mean.
type Distribution = (&'static str, Draw, fn() -> f64);

const DISTRIBUTIONS: [Distribution; 3] = [
    ("normal", normal, || 0.0),
    ("skewed", skewed, || 2.0 * (0.5 + 0.25_f64 * 0.25_f64.ln() - 0.75 * 0.75_f64.ln())),
    ("two modes", two_modes, iqm_of_two_modes),
];

/// 2 ∫ Q(u) du from 1/4 to 3/4, with the quantile function Q found by bisection of the distribution function.
fn iqm_of_two_modes() -> f64 {
    let phi = |z| Normal::standard().cdf(z);
    let below = |x: f64| 0.6 * phi((x - 0.95) / 0.03) + 0.4 * phi((x - 0.1) / 0.1);
    let quantile = |u: f64| {
        let halve = |(low, high): (f64, f64), _| {
            let middle = (low + high) / 2.0;
            if below(middle) < u { (middle, high) } else { (low, middle) }
        };
        (0..50).fold((-2.0, 3.0), halve).0
    };
    (0..2000).map(|i| quantile(0.25 + 0.5 * (f64::from(i) + 0.5) / 2000.0)).sum::<f64>() / 2000.0
}

type Method = fn(&Bootstrap, &[f64]) -> Option<ConfidenceInterval>;

/// The share of simulated experiments whose interval covers the true value, and the intervals' mean width.
fn coverage(method: Method, draw: Draw, truth: f64, runs: usize, experiments: usize) -> (f64, f64) {
    let mut rng = Rng::from_seed(runs as u64);
    let (mut covered, mut width) = (0, 0.0);
    for seed in 0..experiments {
        let bootstrap = Bootstrap { resamples: 1000, seed: seed as u64, ..Bootstrap::default() };
        let interval = method(&bootstrap, &draw(&mut rng, runs)).unwrap();
        covered += usize::from(interval.contains(truth));
        width += interval.width();
    }
    (covered as f64 / experiments as f64, width / experiments as f64)
}

#[test]
fn intervals_cover_the_true_value() {
    for (name, draw, truth) in DISTRIBUTIONS {
        for runs in [10, 20, 30] {
            let (covered, _) = coverage(Bootstrap::iqm_interval, draw, truth(), runs, 1000);
            assert!(covered >= 0.92, "{covered} of {runs} runs, {name}");
        }
    }
}

#[test]
#[ignore = "takes a minute; prints the table that the module's documentation shows"]
fn measure_the_coverage_of_both_intervals() {
    let methods: [(&str, Method); 2] = [
        ("percentile", |bootstrap, scores| percentile(*bootstrap, scores.len(), scores.len() - 1).iqm_interval(scores)),
        ("expanded", Bootstrap::iqm_interval),
    ];
    for (name, draw, truth) in DISTRIBUTIONS {
        for runs in [5, 10, 20, 30] {
            let measured = methods.map(|(method, interval)| {
                let (covered, width) = coverage(interval, draw, truth(), runs, 4000);
                format!("{method} {covered:.3} ({width:.3})")
            });
            println!("{name}, {runs} runs: {}", measured.join(", "));
        }
    }
}

/// The largest share of experiments that a true share of 5 % plausibly gives: three standard deviations more.
fn five_percent_of(experiments: usize) -> f64 {
    0.05 + 3.0 * (0.05 * 0.95 / experiments as f64).sqrt()
}

fn differences(x: &[f64], y: &[f64]) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x - y).collect()
}

#[test]
fn few_enough_patterns_of_signs_are_significant() {
    // Not simulated: these are all patterns of equal variants, each with the same probability.
    let sizes =
        [vec![0.4, 1.1, 1.2, 1.9, 2.5, 3.1, 3.3, 4.0, 6.2, 9.0], vec![1.0, 1.0, 1.0, 2.0, 2.0, 0.0, 3.0, 3.0, 5.0]];
    for sizes in sizes {
        let patterns = 1_u32 << sizes.len();
        let signed = |pattern: u32| -> Vec<f64> {
            sizes.iter().enumerate().map(|(i, size)| if pattern >> i & 1 == 0 { *size } else { -size }).collect()
        };
        let p_values: Vec<f64> = (0..patterns).map(|pattern| wilcoxon_signed_rank(&signed(pattern)).unwrap()).collect();
        for level in [0.01, 0.05, 0.1, 0.5] {
            let share = p_values.iter().filter(|p| **p <= level).count() as f64 / f64::from(patterns);
            assert!(share <= level, "{share} at {level}");
        }
    }
}

#[test]
fn equal_variants_seldom_differ_significantly() {
    const EXPERIMENTS: usize = 2000;
    for (name, draw, _) in DISTRIBUTIONS {
        for runs in [5, 10, 20] {
            let mut rng = Rng::from_seed(100 + runs as u64);
            let mut significant = 0;
            for _ in 0..EXPERIMENTS {
                let differences = differences(&draw(&mut rng, runs), &draw(&mut rng, runs));
                significant += usize::from(wilcoxon_signed_rank(&differences).unwrap() <= 0.05);
            }
            let share = significant as f64 / EXPERIMENTS as f64;
            assert!(share <= five_percent_of(EXPERIMENTS), "{share}, {runs} runs, {name}");
            assert!(runs > 5 || share == 0.0, "five pairs are never significant");
        }
    }
}

#[test]
fn any_two_of_five_equal_variants_seldom_differ_significantly() {
    const EXPERIMENTS: usize = 1000;
    for runs in [5, 10, 20] {
        let mut rng = Rng::from_seed(200 + runs as u64);
        let mut any = 0;
        for _ in 0..EXPERIMENTS {
            let variants: Vec<Vec<f64>> = (0..5).map(|_| skewed(&mut rng, runs)).collect();
            let pairs = (0..5).flat_map(|i| (0..i).map(move |j| (i, j)));
            let p_value = |(i, j): (usize, usize)| wilcoxon_signed_rank(&differences(&variants[i], &variants[j]));
            let p_values: Vec<f64> = pairs.map(|pair| p_value(pair).unwrap()).collect();
            any += usize::from(holm(&p_values).iter().any(|&p| p <= 0.05));
        }
        let share = any as f64 / EXPERIMENTS as f64;
        assert!(share <= 0.05, "{share}, {runs} runs");
    }
}

#[test]
fn the_needed_seeds_give_the_requested_width() {
    // A pilot that represents its population: 200 quantiles of the normal distribution.
    let pilot: Vec<f64> = (0..200).map(|i| Normal::standard().inverse_cdf((f64::from(i) + 0.5) / 200.0)).collect();
    for width in [1.5, 1.0, 0.7] {
        let seeds = seeds_needed(&pilot, width, 0.95, 0).unwrap();
        let (_, measured) = coverage(Bootstrap::iqm_interval, normal, 0.0, seeds, 400);
        // The quantiles of 1,000 simulated experiments are 3 % uncertain, and 400 measured widths another 1 %.
        assert!((measured / width - 1.0).abs() < 0.1, "{seeds} seeds are {measured} wide, not {width}");
    }
}
