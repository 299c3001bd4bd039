//! The statistics against rliable, SciPy, statsmodels and lifelines (`golden/stats`, written by `make.py` there), and
//! against truths that are known because the experiments are simulated.

#![allow(clippy::unwrap_used)] // a test may panic

use serde::Deserialize;
use serde::de::DeserializeOwned;
use statrs::distribution::{ContinuousCDF, Normal};
use tilde::stats::{
    Bootstrap, Interval, Reached, aggregate_iqm, aggregate_mean, aggregate_median, aggregate_optimality_gap,
    area_under_curve, holm, interquartile_mean, mean, median, median_time, optimality_gap, paired_permutation_test,
    performance_profile, performance_profile_intervals, probability_of_improvement, seeds_needed, share_reached,
    wilcoxon_signed_rank,
};
use tilde_envs::Rng;

fn golden<T: DeserializeOwned>(name: &str) -> T {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/stats/");
    serde_json::from_str(&std::fs::read_to_string(format!("{folder}{name}.json")).unwrap()).unwrap()
}

/// Equal but for the rounding of sums, which NumPy adds up in another order.
fn same(ours: Option<f64>, theirs: f64) {
    let ours = ours.unwrap();
    assert!((ours - theirs).abs() <= 1e-12 * theirs.abs().max(1.0), "{ours} and not {theirs}");
}

// ---- Point estimates ------------------------------------------------------------------------------------------------

#[derive(Deserialize)]
struct Estimates {
    thresholds: Vec<f64>,
    samples: Vec<Sample>,
    matrices: Vec<GoldenMatrix>,
    pairs: Vec<Pair>,
}

#[derive(Deserialize)]
struct Sample {
    scores: Vec<f64>,
    mean: f64,
    median: f64,
    iqm: f64,
    gap: f64,
}

#[derive(Deserialize)]
struct GoldenMatrix {
    tasks: Vec<Vec<f64>>,
    mean: f64,
    median: f64,
    iqm: f64,
    gap: f64,
    profile: Vec<f64>,
}

#[derive(Deserialize)]
struct Pair {
    x: Vec<Vec<f64>>,
    y: Vec<Vec<f64>>,
    probability: f64,
}

#[test]
fn estimates_of_one_task_are_scipys() {
    for sample in golden::<Estimates>("estimates").samples {
        same(mean(&sample.scores), sample.mean);
        same(median(&sample.scores), sample.median);
        same(interquartile_mean(&sample.scores), sample.iqm);
        same(optimality_gap(&sample.scores, 0.5), sample.gap);
        same(aggregate_iqm(&[sample.scores]), sample.iqm);
    }
}

#[test]
fn aggregates_and_profiles_are_rliables() {
    let golden: Estimates = golden("estimates");
    for matrix in golden.matrices {
        same(aggregate_mean(&matrix.tasks), matrix.mean);
        same(aggregate_median(&matrix.tasks), matrix.median);
        same(aggregate_iqm(&matrix.tasks), matrix.iqm);
        same(aggregate_optimality_gap(&matrix.tasks, 0.5), matrix.gap);
        let profile = performance_profile(&matrix.tasks, &golden.thresholds).unwrap();
        assert_eq!(profile.len(), matrix.profile.len());
        profile.into_iter().zip(matrix.profile).for_each(|(ours, theirs)| same(Some(ours), theirs));
    }
}

#[test]
fn the_probability_of_improvement_is_rliables_and_of_mann_and_whitney() {
    for pair in golden::<Estimates>("estimates").pairs {
        same(probability_of_improvement(&pair.x, &pair.y), pair.probability);
        same(probability_of_improvement(&pair.y, &pair.x), 1.0 - pair.probability);
    }
}

// ---- Intervals ------------------------------------------------------------------------------------------------------

#[derive(Deserialize)]
struct Intervals {
    percentile: Vec<OfTasks>,
    two: Vec<OfTwo>,
    bca: Vec<OfStrata>,
}

/// The ends of an interval by 50,000 resamples, and the band in which each end by another 50,000 lies, five standard
/// deviations to both sides: `make.py` says how it is found.
#[derive(Deserialize)]
struct Ends {
    interval: [f64; 2],
    bands: [[f64; 2]; 2],
}

impl Ends {
    fn agree_with(&self, ours: Option<Interval>, what: &str) {
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
struct OfTasks {
    tasks: Vec<Vec<f64>>,
    statistic: String,
    #[serde(flatten)]
    ends: Ends,
}

#[derive(Deserialize)]
struct OfTwo {
    x: Vec<Vec<f64>>,
    y: Vec<Vec<f64>>,
    #[serde(flatten)]
    ends: Ends,
}

#[derive(Deserialize)]
struct OfStrata {
    strata: Vec<Vec<f64>>,
    statistic: String,
    #[serde(flatten)]
    ends: Ends,
}

/// A statistic by its name in the golden files.
fn statistic(name: &str, strata: &[Vec<f64>]) -> Option<f64> {
    match name {
        "mean" => aggregate_mean(strata),
        "median" => aggregate_median(strata),
        "iqm" => aggregate_iqm(strata),
        "gap" => aggregate_optimality_gap(strata, 0.5),
        "profile" => performance_profile(strata, &[0.5]).map(|profile| profile[0]),
        "difference" => Some(interquartile_mean(&strata[0])? - interquartile_mean(&strata[1])?),
        _ => panic!("no statistic is named {name}"),
    }
}

#[test]
fn percentile_intervals_are_rliables() {
    for OfTasks { tasks, statistic: name, ends } in golden::<Intervals>("intervals").percentile {
        ends.agree_with(Bootstrap::default().percentile(&tasks, |tasks| statistic(&name, tasks)), &name);
    }
}

#[test]
fn percentile_intervals_of_two_samples_are_rliables() {
    for OfTwo { x, y, ends } in golden::<Intervals>("intervals").two {
        let ours = Bootstrap::default().percentile_of_two(&x, &y, probability_of_improvement);
        ends.agree_with(ours, "improvement");
    }
}

#[test]
fn bca_intervals_are_scipys() {
    for OfStrata { strata, statistic: name, ends } in golden::<Intervals>("intervals").bca {
        ends.agree_with(Bootstrap::default().bca(&strata, |strata| statistic(&name, strata)), &name);
    }
}

#[test]
fn an_expanded_interval_is_a_percentile_interval_of_higher_confidence() {
    let scores = skewed(&mut Rng::from_seed(1), 10);
    // √(10 / 9) · t with t = 2.262157 of nine degrees of freedom is the normal quantile at 0.991449 (SciPy).
    let higher = Bootstrap { confidence: 1.0 - 2.0 * 0.008551, ..Bootstrap::default() };
    let (expanded, percentile) =
        (Bootstrap::default().iqm_interval(&scores), higher.percentile(&[&scores], aggregate_iqm));
    let (expanded, percentile) = (expanded.unwrap(), percentile.unwrap());
    assert!((expanded.low - percentile.low).abs() < 1e-3 && (expanded.high - percentile.high).abs() < 1e-3);
}

#[test]
fn the_seed_decides_an_interval_and_nothing_else_does() {
    let scores = normal(&mut Rng::from_seed(2), 12);
    let mut shuffled = scores.clone();
    shuffled.reverse();
    let seeded = |seed| Bootstrap { resamples: 2000, seed, ..Bootstrap::default() };
    let all = |seed, scores: &Vec<f64>| {
        let strata = [scores.as_slice(), &[1.0, 2.0, 4.0]];
        let bootstrap: Bootstrap = seeded(seed);
        [
            bootstrap.percentile(&strata, aggregate_iqm).unwrap(),
            bootstrap.bca(&strata, aggregate_iqm).unwrap(),
            bootstrap.expanded(&strata, aggregate_iqm).unwrap(),
            bootstrap.percentile_of_two(&strata[..1], &strata[1..], probability_of_improvement).unwrap(),
            bootstrap.iqm_interval(scores).unwrap(),
        ]
    };
    assert_eq!(all(3, &scores), all(3, &scores));
    assert_eq!(all(3, &scores), all(3, &shuffled));
    assert_ne!(all(3, &scores), all(4, &scores));
}

#[test]
fn equal_scores_have_the_point_as_their_interval() {
    let point = Some(Interval { low: 0.1, high: 0.1 });
    let bootstrap = Bootstrap { resamples: 1000, ..Bootstrap::default() };
    for runs in [1, 2, 7, 10] {
        let scores = vec![0.1; runs];
        let near = |interval: Option<Interval>| {
            interval.unwrap().width() == 0.0 && (interval.unwrap().low - 0.1).abs() < 1e-15
        };
        assert!(near(bootstrap.percentile(&[&scores], aggregate_iqm)));
        assert!(near(bootstrap.bca(&[&scores], aggregate_iqm)));
        assert!(near(bootstrap.bca(&[&scores, &scores], aggregate_mean)));
        assert!(runs == 1 || near(bootstrap.iqm_interval(&scores)));
    }
    assert_eq!(bootstrap.bca(&[[0.1; 10]], |strata| Some(strata[0][0])), point);
}

#[test]
fn one_run_has_no_spread_to_speak_of() {
    let bootstrap = Bootstrap::default();
    assert_eq!(bootstrap.iqm_interval(&[1.0]), None);
    assert_eq!(bootstrap.expanded(&[[1.0], [2.0]], aggregate_iqm), None);
    assert!(bootstrap.expanded(&[vec![1.0], vec![2.0, 3.0]], aggregate_iqm).is_some());
}

#[test]
fn bca_has_ends_where_the_formula_has_none() {
    // No resample has a higher maximum or a lower minimum, and some fifty resamples have none as high or as low.
    let bootstrap = Bootstrap { resamples: 50, ..Bootstrap::default() };
    let highest = |strata: &[Vec<f64>]| strata[0].last().copied();
    let lowest = |strata: &[Vec<f64>]| strata[0].first().map(|lowest| -lowest.exp());
    for scores in [vec![1.0, 2.0], (0..40).map(f64::from).collect(), vec![0.0, 0.0, 0.0, 1e9]] {
        let range = Interval { low: scores[0], high: scores[scores.len() - 1] };
        let interval = bootstrap.bca(&[&scores], highest).unwrap();
        assert!(range.contains(interval.low) && range.contains(interval.high) && interval.low <= interval.high);
        assert!(!bootstrap.bca(&[&scores], lowest).unwrap().low.is_nan());
    }
}

#[test]
fn there_is_no_interval_of_nothing_and_of_nan() {
    let bootstrap = Bootstrap::default();
    for strata in [vec![], vec![vec![]], vec![vec![1.0, 2.0], vec![]], vec![vec![1.0, f64::NAN]]] {
        assert_eq!(bootstrap.percentile(&strata, aggregate_iqm), None);
        assert_eq!(bootstrap.bca(&strata, aggregate_iqm), None);
        assert_eq!(bootstrap.expanded(&strata, aggregate_iqm), None);
        assert_eq!(performance_profile_intervals(&bootstrap, &strata, &[0.0]), None);
    }
    assert_eq!(bootstrap.percentile(&[[1.0, 2.0]], |_| None), None);
}

// ---- Tests ----------------------------------------------------------------------------------------------------------

#[derive(Deserialize)]
struct Tests {
    wilcoxon: Vec<OfDifferences>,
    wilcoxon_with_ties: Vec<OfDifferences>,
    permutation: Vec<OfDifferences>,
    permutation_with_ties: Vec<OfDifferences>,
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
fn signed_rank_p_values_are_scipys_and_those_of_all_patterns() {
    let golden: Tests = golden("tests");
    for OfDifferences { differences, p } in golden.wilcoxon.into_iter().chain(golden.wilcoxon_with_ties) {
        same(wilcoxon_signed_rank(&differences), p);
    }
}

#[test]
fn permutation_p_values_are_scipys_and_those_of_all_patterns() {
    let golden: Tests = golden("tests");
    for OfDifferences { differences, p } in golden.permutation.into_iter().chain(golden.permutation_with_ties) {
        same(paired_permutation_test(&differences, 0), p);
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

/// All or nothing: three runs of five solve the task, and the others do not.
fn two_modes(rng: &mut Rng, runs: usize) -> Vec<f64> {
    let run = |rng: &mut Rng| if rng.random() < 0.6 { 0.95 + 0.03 * gaussian(rng) } else { 0.1 + 0.1 * gaussian(rng) };
    (0..runs).map(|_| run(rng)).collect()
}

type Draw = fn(&mut Rng, usize) -> Vec<f64>;

/// Its name, how runs are drawn from it, and its interquartile mean.
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

type Method = fn(&Bootstrap, &[f64]) -> Option<Interval>;

/// The share of simulated experiments whose interval covers the truth, and the intervals' mean width.
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
fn the_reports_interval_covers_the_truth() {
    for (name, draw, truth) in DISTRIBUTIONS {
        for runs in [10, 20, 30] {
            let (covered, _) = coverage(Bootstrap::iqm_interval, draw, truth(), runs, 1000);
            assert!(covered >= 0.92, "{covered} of {runs} runs, {name}");
        }
    }
}

#[test]
#[ignore = "takes a minute; prints the table that the module's documentation shows"]
fn measure_the_coverage_of_every_method() {
    let methods: [(&str, Method); 3] = [
        ("percentile", |bootstrap, scores| bootstrap.percentile(&[scores], aggregate_iqm)),
        ("bca", |bootstrap, scores| bootstrap.bca(&[scores], aggregate_iqm)),
        ("expanded", |bootstrap, scores| bootstrap.expanded(&[scores], aggregate_iqm)),
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

/// What a share of experiments that is 5 % at most may come to by chance: three standard deviations more.
fn five_percent_of(experiments: usize) -> f64 {
    0.05 + 3.0 * (0.05 * 0.95 / experiments as f64).sqrt()
}

fn differences(x: &[f64], y: &[f64]) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x - y).collect()
}

#[test]
fn of_all_patterns_of_signs_few_enough_are_significant() {
    // Not simulated: the patterns are what can happen where two variants are equal, each with the same probability.
    let sizes =
        [vec![0.4, 1.1, 1.2, 1.9, 2.5, 3.1, 3.3, 4.0, 6.2, 9.0], vec![1.0, 1.0, 1.0, 2.0, 2.0, 0.0, 3.0, 3.0, 5.0]];
    for sizes in sizes {
        let patterns = 1_u32 << sizes.len();
        let signed = |pattern: u32| -> Vec<f64> {
            sizes.iter().enumerate().map(|(i, size)| if pattern >> i & 1 == 0 { *size } else { -size }).collect()
        };
        let ps: Vec<[f64; 2]> = (0..patterns)
            .map(|pattern| [wilcoxon_signed_rank(&signed(pattern)), paired_permutation_test(&signed(pattern), 0)])
            .map(|both| both.map(Option::unwrap))
            .collect();
        for (test, level) in [0, 1].into_iter().flat_map(|test| [0.01, 0.05, 0.1, 0.5].map(|level| (test, level))) {
            let share = ps.iter().filter(|p| p[test] <= level).count() as f64 / f64::from(patterns);
            assert!(share <= level, "test {test}: {share} at {level}");
        }
    }
}

#[test]
fn a_variant_seldom_differs_from_itself() {
    const EXPERIMENTS: usize = 2000;
    for (name, draw, _) in DISTRIBUTIONS {
        for runs in [5, 10, 20] {
            let mut rng = Rng::from_seed(100 + runs as u64);
            let mut significant = [0; 2];
            for seed in 0..EXPERIMENTS {
                let differences = differences(&draw(&mut rng, runs), &draw(&mut rng, runs));
                let ps = [wilcoxon_signed_rank(&differences), paired_permutation_test(&differences, seed as u64)];
                significant.iter_mut().zip(ps).for_each(|(count, p)| *count += usize::from(p.unwrap() <= 0.05));
            }
            let shares = significant.map(|count| count as f64 / EXPERIMENTS as f64);
            assert!(
                shares.iter().all(|&share| share <= five_percent_of(EXPERIMENTS)),
                "{shares:?}, {runs} runs, {name}"
            );
            assert!(runs > 5 || shares == [0.0; 2], "five pairs are never significant");
        }
    }
}

#[test]
fn among_five_equal_variants_seldom_any_two_differ() {
    const EXPERIMENTS: usize = 1000;
    for runs in [5, 10, 20] {
        let mut rng = Rng::from_seed(200 + runs as u64);
        let mut any = [0; 2];
        for seed in 0..EXPERIMENTS {
            let variants: Vec<Vec<f64>> = (0..5).map(|_| skewed(&mut rng, runs)).collect();
            let pairs = (0..5).flat_map(|i| (0..i).map(move |j| (i, j)));
            let pairs: Vec<Vec<f64>> = pairs.map(|(i, j)| differences(&variants[i], &variants[j])).collect();
            let ranks: Vec<f64> = pairs.iter().map(|pair| wilcoxon_signed_rank(pair).unwrap()).collect();
            let flips: Vec<f64> =
                pairs.iter().map(|pair| paired_permutation_test(pair, seed as u64).unwrap()).collect();
            for (count, ps) in any.iter_mut().zip([ranks, flips]) {
                *count += usize::from(holm(&ps).iter().any(|&p| p <= 0.05));
            }
        }
        let shares = any.map(|count| count as f64 / EXPERIMENTS as f64);
        assert!(shares.iter().all(|&share| share <= five_percent_of(EXPERIMENTS)), "{shares:?}, {runs} runs");
        assert!(shares[0] <= 0.05, "what a report says of equal variants: {}, {runs} runs", shares[0]);
    }
}

#[test]
fn as_many_seeds_as_are_needed_give_the_width_that_was_asked_for() {
    // A pilot that knows its population: 200 quantiles of the normal distribution.
    let pilot: Vec<f64> = (0..200).map(|i| Normal::standard().inverse_cdf((f64::from(i) + 0.5) / 200.0)).collect();
    for width in [1.5, 1.0, 0.7] {
        let seeds = seeds_needed(&pilot, width, 0.95, 0).unwrap();
        let (_, measured) = coverage(Bootstrap::iqm_interval, normal, 0.0, seeds, 400);
        // The quantiles of 1,000 imagined experiments are 3 % uncertain, and 400 measured widths another 1 %.
        assert!((measured / width - 1.0).abs() < 0.1, "{seeds} seeds are {measured} wide, not {width}");
    }
}
