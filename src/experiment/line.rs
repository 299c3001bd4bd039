//! The text of a progress line, in at most 80 columns.

use std::time::Duration;

/// Columns of the narrowest usual terminal.
const COLUMNS: usize = 80;
/// Columns of a run's name.
const NAME: usize = 22;
/// Columns of the bar.
const BAR: usize = 8;

/// The progress of a run.
#[derive(Clone, Copy, Debug)]
pub struct RunProgress {
    /// Environment steps taken.
    pub step: u64,
    /// Environment steps of the whole run.
    pub budget: u64,
    /// Steps taken since the run began or was resumed.
    pub made: u64,
    /// The time since then.
    pub elapsed: Duration,
    /// Mean return of recent training episodes; `None` before the first one ends.
    pub recent_return: Option<f64>,
}

impl RunProgress {
    /// Environment steps that are left.
    pub fn remaining(&self) -> u64 {
        self.budget.saturating_sub(self.step)
    }

    /// The time that they take at the rate so far; `None` before the first step.
    pub fn time_left(&self) -> Option<Duration> {
        time_left(self.remaining(), self.made, self.elapsed)
    }
}

/// The line of one run.
pub fn of_run(variant: &str, seed: u64, run: &RunProgress) -> String {
    let share = run.step as f64 / run.budget.max(1) as f64;
    let filled = ((share * BAR as f64) as usize).min(BAR);
    let bar = "█".repeat(filled) + &"░".repeat(BAR - filled);
    let rate = run.made as f64 / run.elapsed.as_secs_f64().max(1e-3);
    let left = run.time_left().map_or(String::new(), |left| format!("{} left", in_words(left)));
    let reached = run.recent_return.map_or(String::new(), |mean| format!("return {}", number(mean)));
    let name = run_name(variant, seed);
    let percent = (share * 100.0) as u64;
    let line = format!("{name:<NAME$} {bar} {percent:>3} % {:>6}/s {left:<16} {reached}", thousands(rate));
    line.trim_end().chars().take(COLUMNS).collect()
}

/// The line of the whole experiment.
pub fn of_all(finished: u64, runs: u64, elapsed: Duration, left: Option<Duration>) -> String {
    let left = left.map_or(String::new(), |left| format!(", about {} left", in_words(left)));
    format!("{finished} of {runs} runs finished in {}{left}", in_words(elapsed)).chars().take(COLUMNS).collect()
}

/// The time of `remaining` steps at the rate of the `made` ones, which took `elapsed`; `None` if none was made.
pub fn time_left(remaining: u64, made: u64, elapsed: Duration) -> Option<Duration> {
    let seconds = elapsed.as_secs_f64() * remaining as f64 / made as f64;
    (made > 0).then(|| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

/// A duration in its two largest units.
pub fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match (days, hours, minutes) {
        (1_000.., ..) => "years".to_owned(),
        (1.., ..) => format!("{days} d {} h", hours % 24),
        (_, 1.., _) => format!("{hours} h {} min", minutes % 60),
        (_, _, 1..) => format!("{minutes} min {} s", seconds % 60),
        _ => format!("{seconds} s"),
    }
}

/// The variant's name, shortened where it is too long, and the seed.
fn run_name(variant: &str, seed: u64) -> String {
    let seed = format!("/seed-{seed}");
    let room = NAME.saturating_sub(seed.len()).max(4);
    let shown = match variant.chars().count() <= room {
        true => variant.to_owned(),
        false => variant.chars().take(room - 1).chain(['…']).collect(),
    };
    (shown + &seed).chars().take(NAME).collect()
}

/// A rate in about five characters: 950, 9.5k, 146k, 6.4M.
fn thousands(rate: f64) -> String {
    let (value, unit) = match rate {
        ..1e3 => return format!("{rate:.0}"),
        ..1e6 => (rate / 1e3, "k"),
        _ => (rate / 1e6, "M"),
    };
    if value < 9.95 { format!("{value:.1}{unit}") } else { format!("{value:.0}{unit}") }
}

fn number(value: f64) -> String {
    if value.abs() < 1e5 { format!("{value:.1}") } else { format!("{value:.1e}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(step: u64, budget: u64, made: u64, seconds: f64, recent_return: Option<f64>) -> RunProgress {
        RunProgress { step, budget, made, elapsed: Duration::from_secs_f64(seconds), recent_return }
    }

    #[test]
    fn a_line_has_the_progress_of_a_run() {
        let line = of_run("deep", 3, &run(150_000, 300_000, 100_000, 1.0, Some(123.44)));
        assert_eq!(line, "deep/seed-3            ████░░░░  50 %   100k/s 1 s left         return 123.4");
        let line = of_run("deep", 3, &run(0, 300_000, 0, 0.0, None));
        assert_eq!(line, "deep/seed-3            ░░░░░░░░   0 %      0/s");
    }

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        let long = "v".repeat(128);
        for variant in ["a", &long] {
            for seed in [0, 1_234_567, u64::MAX] {
                for progress in [
                    run(0, u64::MAX, 1, 1e9, Some(f64::MIN)),
                    run(7, 1_000_000, 7, 86_399.0 * 7e-6, Some(-1e300)),
                    run(9, 1, 9, 0.0, Some(f64::NAN)),
                    run(1, 1_000_000, 1, 0.08, Some(-99_999.9)),
                ] {
                    let line = of_run(variant, seed, &progress);
                    assert!(line.chars().count() <= 80, "{} columns: {line}", line.chars().count());
                }
            }
        }
        let line = of_run(&long, 12, &run(1, 1_000_000, 1, 0.08, Some(-99_999.9)));
        assert!(line.starts_with("vvvvvvvvvvvvv…/seed-12 ") && line.ends_with("return -99999.9"), "{line}");
        let line = of_all(u64::MAX, u64::MAX, Duration::MAX, Some(Duration::MAX));
        assert!(line.chars().count() <= 80, "{line}");
    }

    #[test]
    fn the_time_left_follows_from_the_steps_made() {
        assert_eq!(time_left(3_000, 1_000, Duration::from_secs(20)), Some(Duration::from_secs(60)));
        assert_eq!(time_left(3_000, 0, Duration::from_secs(20)), None);
        assert_eq!(time_left(0, 5, Duration::from_secs(20)), Some(Duration::ZERO));
        let line = of_all(3, 20, Duration::from_secs(125), Some(Duration::from_secs(7_800)));
        assert_eq!(line, "3 of 20 runs finished in 2 min 5 s, about 2 h 10 min left");
        assert_eq!(in_words(Duration::from_secs(90_000)), "1 d 1 h");
    }
}
