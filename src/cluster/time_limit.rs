//! How long a job may take.

use std::str::FromStr;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// Longer limits are typing errors: ten years.
const MOST: u64 = 3_650 * DAY;

/// A time limit of whole seconds, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeLimit {
    seconds: u64,
}

impl TimeLimit {
    /// One hour.
    pub const HOUR: TimeLimit = TimeLimit { seconds: HOUR };

    /// The limit in seconds.
    pub fn seconds(self) -> u64 {
        self.seconds
    }
}

/// As Slurm writes it: `1:30:00`, or `2-00:00:00` from a day on.
impl std::fmt::Display for TimeLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (days, hours) = (self.seconds / DAY, self.seconds % DAY / HOUR);
        let (minutes, seconds) = (self.seconds % HOUR / MINUTE, self.seconds % MINUTE);
        match days {
            0 => write!(f, "{hours}:{minutes:02}:{seconds:02}"),
            _ => write!(f, "{days}-{hours:02}:{minutes:02}:{seconds:02}"),
        }
    }
}

/// Reads `2h`, `90m`, `1h30m`, `2d`, or what `sbatch --time` takes: `minutes`, `minutes:seconds`, `hours:minutes:seconds`,
/// `days-hours`, `days-hours:minutes`, `days-hours:minutes:seconds`.
impl FromStr for TimeLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let has_unit = text.ends_with(|c: char| c.is_ascii_alphabetic());
        let seconds = if has_unit { of_units(text) } else { of_slurm(text) };
        match seconds {
            Some(seconds @ 1..=MOST) => Ok(TimeLimit { seconds }),
            Some(_) => Err("must be from one second to ten years".to_owned()),
            None => {
                Err("give it as 2h, 90m, 1h30m or 2d, or as sbatch has it: 90 (minutes), 1:30:00, 2-12:00".to_owned())
            }
        }
    }
}

/// Numbers with units, the largest first.
fn of_units(text: &str) -> Option<u64> {
    let (mut rest, mut total) = (text, 0_u64);
    for (unit, seconds) in [('d', DAY), ('h', HOUR), ('m', MINUTE), ('s', 1)] {
        if let Some((count, after)) = rest.split_once(unit) {
            total = total.checked_add(number(count)?.checked_mul(seconds)?)?;
            rest = after;
        }
    }
    rest.is_empty().then_some(total)
}

fn of_slurm(text: &str) -> Option<u64> {
    let (days, clock) = text.split_once('-').map_or((None, text), |(days, clock)| (Some(days), clock));
    let parts = clock.split(':').map(number).collect::<Option<Vec<u64>>>()?;
    let units: &[u64] = match (days.is_some(), parts.len()) {
        (false, 1 | 2) => &[MINUTE, 1],
        (_, 1..=3) => &[HOUR, MINUTE, 1],
        _ => return None,
    };
    let of_clock =
        parts.iter().zip(units).try_fold(0_u64, |sum, (part, unit)| sum.checked_add(part.checked_mul(*unit)?))?;
    days.map_or(Some(0), number)?.checked_mul(DAY)?.checked_add(of_clock)
}

fn number(text: &str) -> Option<u64> {
    text.chars().all(|c| c.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<u64> {
        text.parse::<TimeLimit>().ok().map(TimeLimit::seconds)
    }

    #[test]
    fn units_and_the_spellings_of_sbatch_are_read() {
        for (text, seconds) in
            [("2h", 7_200), ("90m", 5_400), ("1h30m", 5_400), ("45s", 45), ("2d", 172_800), ("1d12h", 129_600)]
        {
            assert_eq!(read(text), Some(seconds), "{text}");
        }
        // The six forms in the manual of sbatch.
        for (text, seconds) in [
            ("90", 5_400),
            ("90:30", 5_430),
            ("1:30:00", 5_400),
            ("2-12", 216_000),
            ("2-12:30", 217_800),
            ("2-12:30:05", 217_805),
        ] {
            assert_eq!(read(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "0",
            "0h",
            "h",
            "-1",
            "+5",
            "1.5h",
            "2 h",
            "30m2h",
            "2x",
            "1:2:3:4",
            "1-",
            "1:",
            "99999d",
            "99999999999999999999",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert!("2x".parse::<TimeLimit>().unwrap_err().contains("1h30m"));
    }

    #[test]
    fn a_limit_is_written_as_slurm_reads_it() {
        for (text, written) in [("90m", "1:30:00"), ("45s", "0:00:45"), ("2d", "2-00:00:00"), ("25h1s", "1-01:00:01")] {
            let limit: TimeLimit = text.parse().unwrap();
            assert_eq!(limit.to_string(), written);
            assert_eq!(written.parse(), Ok(limit));
        }
    }
}
