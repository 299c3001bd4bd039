//! From numbers to pixels: axes, scales and ticks.

/// An axis before it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What the axis shows.
    pub label: String,
    /// Whether the axis is logarithmic.
    pub logarithmic: bool,
    /// Both ends; `None` for those of the data.
    pub range: Option<(f64, f64)>,
    /// Whether the axis includes 0.
    pub zero: bool,
    /// Ticks with their names, instead of round numbers.
    pub named: Vec<(f64, String)>,
}

impl Axis {
    /// A linear axis from the lowest to the highest number.
    pub fn new(label: &str) -> Axis {
        Axis { label: label.to_owned(), logarithmic: false, range: None, zero: false, named: Vec::new() }
    }

    /// With these ends.
    pub fn between(self, low: f64, high: f64) -> Axis {
        Axis { range: Some((low, high)), ..self }
    }

    /// Logarithmic.
    pub fn logarithmic(self) -> Axis {
        Axis { logarithmic: true, ..self }
    }

    /// Including 0.
    pub fn with_zero(self) -> Axis {
        Axis { zero: true, ..self }
    }

    /// With these ticks.
    pub fn with_ticks(self, named: Vec<(f64, String)>) -> Axis {
        Axis { named, ..self }
    }

    /// The ticks with their names.
    pub fn ticks(&self, scale: &Scale, count: usize) -> Vec<(f64, String)> {
        if !self.named.is_empty() {
            return self.named.clone();
        }
        let ticks = scale.ticks(count);
        let names = labels(&ticks);
        ticks.into_iter().zip(names).collect()
    }

    /// The scale that shows `values` on pixels `from` (the low end) to `to`. On a logarithmic axis, numbers of 0 and less do not count.
    pub fn scale(&self, values: impl Iterator<Item = f64>, from: f64, to: f64) -> Scale {
        let zero = Some(0.0).filter(|_| self.zero);
        let shown = values.chain(zero).filter(|value| value.is_finite() && (!self.logarithmic || *value > 0.0));
        let (low, high) = shown.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        let low = if self.begins_at_zero(low, high) { 0.0 } else { low };
        let (low, high) = self.range.unwrap_or(if low > high { (0.0, 1.0) } else { (low, high) });
        let (low, high) = if self.logarithmic { widened_decades(low, high) } else { widened(low, high) };
        Scale { low, high, from, to, logarithmic: self.logarithmic }
    }

    /// Whether the numbers are positive and begin so near to 0 that the axis begins at 0.
    fn begins_at_zero(&self, low: f64, high: f64) -> bool {
        !self.logarithmic && self.named.is_empty() && low > 0.0 && low <= NEAR_ZERO * (high - low)
    }
}

/// The lowest number is near to 0 if it is at most this share of the range.
const NEAR_ZERO: f64 = 0.2;
/// Pixels are at most this many lengths of the axis beyond its ends.
const FAR: f64 = 1e3;

/// The range, widened if it is a single point.
fn widened(low: f64, high: f64) -> (f64, f64) {
    if high > low {
        return (low, high);
    }
    let half = if low == 0.0 { 0.5 } else { 0.1 * low.abs() };
    (low - half, high + half)
}

/// The range, widened to at least a decade, so that it has ticks.
fn widened_decades(low: f64, high: f64) -> (f64, f64) {
    let (low, high) = if low > 0.0 { (low, high.max(low)) } else { (1e-3, high.max(1.0)) };
    if high / low >= 10.0 {
        (low, high)
    } else {
        (10f64.powf(low.log10().floor()), 10f64.powf(high.log10().ceil().max(low.log10().floor() + 1.0)))
    }
}

/// A map from numbers to pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// The number at `from`.
    pub low: f64,
    /// The number at `to`.
    pub high: f64,
    /// The pixel of the low end.
    pub from: f64,
    /// The pixel of the high end.
    pub to: f64,
    /// Whether the scale is logarithmic.
    pub logarithmic: bool,
}

impl Scale {
    /// The pixel of a number. A number beyond the axis has a pixel beyond it.
    pub fn place(&self, value: f64) -> f64 {
        let share = if self.logarithmic {
            (value.max(f64::MIN_POSITIVE) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        self.from + share.clamp(-FAR, FAR) * (self.to - self.from)
    }

    /// The same scale with a margin behind its high end: `share` of its length.
    pub fn with_margin(self, share: f64) -> Scale {
        let high = match self.logarithmic {
            true => self.high * (self.high / self.low).powf(share),
            false => self.high + share * (self.high - self.low),
        };
        Scale { high: if high.is_finite() { high } else { self.high }, ..self }
    }

    /// About `count` round numbers on the axis, in ascending order.
    pub fn ticks(&self, count: usize) -> Vec<f64> {
        if self.logarithmic { decades(self.low, self.high, count) } else { round_numbers(self.low, self.high, count) }
    }
}

/// Multiples of 1, 2 or 5 times a power of ten.
fn round_numbers(low: f64, high: f64, count: usize) -> Vec<f64> {
    let rough = (high - low) / count.max(1) as f64;
    let power = 10f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 5.0].into_iter().map(|m| m * power).find(|step| *step >= rough * 0.999).unwrap_or(10.0 * power);
    let first = (low / step - 1e-9).ceil();
    (0..).map(|i| (first + f64::from(i)) * step).take_while(|tick| *tick <= high + 1e-9 * step).take(100).collect()
}

/// Powers of ten: not all of them where there are many, and also 2 and 5 times them where there are few.
fn decades(low: f64, high: f64, count: usize) -> Vec<f64> {
    let (first, last) = ((low.log10() - 1e-9).ceil() as i32, (high.log10() + 1e-9).floor() as i32);
    if last - first < 2 {
        let between = (first - 1..=last).flat_map(|power| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(power)));
        return between.filter(|tick| (low * (1.0 - 1e-9)..=high * (1.0 + 1e-9)).contains(tick)).collect();
    }
    let every = (last - first + 1).max(1).div_euclid(count.max(1) as i32) + 1;
    (first..=last).filter(|power| (power - first) % every == 0).map(|power| 10f64.powi(power)).collect()
}

/// Short labels: all ticks in the same unit, thousands (k) or millions (M), with as many decimals as they need.
pub fn labels(ticks: &[f64]) -> Vec<String> {
    let largest = ticks.iter().fold(0.0_f64, |largest, tick| largest.max(tick.abs()));
    let smallest = ticks.iter().filter(|tick| **tick != 0.0).fold(f64::INFINITY, |least, tick| least.min(tick.abs()));
    if largest >= 1e9 || smallest < 1e-4 {
        return ticks.iter().map(|tick| if *tick == 0.0 { "0".to_owned() } else { format!("{tick:.0e}") }).collect();
    }
    if largest >= 1e4 && largest >= 1e3 * smallest {
        return ticks.iter().flat_map(|tick| labels(&[*tick])).collect(); // decades have no unit in common
    }
    let (unit, letter) = match largest {
        _ if largest >= 1e6 => (1e6, "M"),
        _ if largest >= 1e4 => (1e3, "k"),
        _ => (1.0, ""),
    };
    let shown = |decimals: usize| -> Vec<String> {
        let one = |tick: &f64| match trimmed(tick / unit, decimals) {
            zero if zero == "0" => zero,
            number => number + letter,
        };
        ticks.iter().map(one).collect()
    };
    let exactly = |labels: &Vec<String>| {
        let read = |label: &String| label.trim_end_matches(letter).parse::<f64>().map_or(f64::NAN, |n| n * unit);
        labels.iter().zip(ticks).all(|(label, tick)| (read(label) - tick).abs() <= 1e-9 * tick.abs().max(1e-6))
    };
    (0..=8).map(shown).find(exactly).unwrap_or_else(|| shown(8))
}

/// A number with at most six decimals, without zeros at the end.
pub fn exact(value: f64) -> String {
    trimmed(value, 6)
}

/// A number with at most this many decimals, without zeros at the end.
fn trimmed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_numbers_within_the_axis() {
        assert_eq!(round_numbers(0.0, 500.0, 5), [0.0, 100.0, 200.0, 300.0, 400.0, 500.0]);
        assert_eq!(round_numbers(-1.3, 1.1, 5), [-1.0, -0.5, 0.0, 0.5, 1.0]);
        assert_eq!(decades(0.02, 300.0, 5), [0.1, 1.0, 10.0, 100.0]);
        assert_eq!(decades(0.02, 0.6, 5), [0.02, 0.05, 0.1, 0.2, 0.5]);
        assert_eq!(decades(1e-9, 1.0, 3).len(), 3);
    }

    #[test]
    fn a_number_beyond_the_axis_has_a_pixel_beyond_it() {
        let scale = Axis::new("").scale([2.0, 4.0].into_iter(), 100.0, 0.0);
        assert_eq!([2.0, 3.0, 4.0, 9.0].map(|value| scale.place(value)), [100.0, 50.0, 0.0, -250.0]);
        let scale = Axis::new("").logarithmic().scale([1.0, 100.0, 0.0].into_iter(), 0.0, 10.0);
        assert_eq!([1.0, 10.0].map(|value| scale.place(value)), [0.0, 5.0]);
        assert!((scale.place(0.1) + 5.0).abs() < 1e-9);
        assert!((-1e5..-100.0).contains(&scale.place(0.0)), "the pixel of 0 is far below");
    }

    #[test]
    fn the_margin_is_behind_the_high_end() {
        let plain = Axis::new("").scale([0.0, 50.0].into_iter(), 0.0, 102.0).with_margin(0.02);
        assert!((plain.high - 51.0).abs() < 1e-9 && (plain.place(50.0) - 100.0).abs() < 1e-9);
        let decades = Axis::new("").logarithmic().scale([1.0, 100.0].into_iter(), 0.0, 11.0).with_margin(0.1);
        assert!((decades.place(100.0) - 10.0).abs() < 1e-9);
    }

    #[test]
    fn an_axis_begins_at_zero_where_that_costs_little() {
        let low = |values: [f64; 2]| Axis::new("").scale(values.into_iter(), 0.0, 10.0).low;
        assert_eq!([[9.0, 500.0], [400.0, 500.0], [-1.0, 500.0], [2.0, 4.0]].map(low), [0.0, 400.0, -1.0, 2.0]);
        let named = Axis::new("").with_ticks(vec![(1.0, "one".to_owned())]).scale([1.0, 64.0].into_iter(), 0.0, 10.0);
        assert_eq!(named.low, 1.0);
    }

    #[test]
    fn an_axis_with_zero_has_zero_on_it() {
        let scale = Axis::new("").with_zero().scale([0.2, 0.4].into_iter(), 0.0, 10.0);
        assert_eq!((scale.low, scale.high, scale.place(0.2)), (0.0, 0.4, 5.0));
    }

    #[test]
    fn any_numbers_make_a_scale() {
        for values in [vec![], vec![0.0], vec![-3.0, -3.0], vec![f64::NAN, f64::INFINITY], vec![1e-300, 1e300]] {
            for axis in [Axis::new(""), Axis::new("").logarithmic()] {
                let scale = axis.scale(values.iter().copied(), 0.0, 10.0);
                assert!(scale.high > scale.low && scale.place(1.0).is_finite(), "{values:?}");
                assert!(scale.ticks(5).len() <= 100);
            }
        }
    }

    #[test]
    fn labels_are_short_and_different() {
        assert_eq!(labels(&[0.0, 50_000.0, 100_000.0]), ["0", "50k", "100k"]);
        assert_eq!(labels(&[20_000.0, 20_020.0, 20_040.0]), ["20k", "20.02k", "20.04k"]);
        assert_eq!(labels(&[-0.5, 0.0, 0.25]), ["-0.5", "0", "0.25"]);
        assert_eq!(labels(&[0.999, 0.9992]), ["0.999", "0.9992"]);
        assert_eq!(labels(&[0.0, 1.5e6, 3e6]), ["0", "1.5M", "3M"]);
        assert_eq!(labels(&[1e-7, 1e-3]), ["1e-7", "1e-3"]);
        assert_eq!(labels(&[10.0, 1_000.0, 100_000.0]), ["10", "1000", "100k"]);
        assert_eq!(labels(&[0.1 + 0.2]), ["0.3"]);
        assert_eq!([475.0, 0.7, 12_345.5].map(exact), ["475", "0.7", "12345.5"]);
    }
}
