//! The learning curve of one run: its mean height, and when it first reached a threshold.

/// The mean height of a learning curve from its first evaluation to `end`: the area under the straight lines between
/// the evaluations, divided by the span.
///
/// `steps` are the environment steps of the evaluations, ascending; `values` are their mean returns. The curve before the first
/// evaluation is unknown and left out, so only curves that begin at the same step can be compared: evaluate at step 0 to include
/// everything. A curve that ends before `end` keeps its last value until then; a longer one is cut off at `end`, between two
/// evaluations if need be. If `end` is the first step, the result is the first value.
///
/// `None` without an evaluation, if `end` is before the first one or NaN, and if a value within the span is NaN.
///
/// # Panics
/// If there are not as many steps as values, or steps do not ascend.
pub fn area_under_curve(steps: &[f64], values: &[f64], end: f64) -> Option<f64> {
    check(steps, values);
    let (&first, &last) = (steps.first()?, steps.last()?);
    if end == first {
        return (!values[0].is_nan()).then_some(values[0]);
    }
    let lines = steps.windows(2).zip(values.windows(2)).filter(|(steps, _)| steps[0] < end);
    let area = |(steps, values): (&[f64], &[f64])| {
        let width = steps[1].min(end) - steps[0];
        let slope = (values[1] - values[0]) / (steps[1] - steps[0]);
        width * (values[0] + 0.5 * slope * width)
    };
    let rest = if end > last { (end - last) * values[values.len() - 1] } else { 0.0 };
    let height = (lines.map(area).sum::<f64>() + rest) / (end - first);
    (end > first && !height.is_nan()).then_some(height)
}

/// When a run reached a threshold, if it did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reached {
    /// At this step.
    At(f64),
    /// Not up to this step, that of its last evaluation. Whether it would have later is unknown.
    Censored(f64),
}

/// The step of the first evaluation whose value is at least `threshold`.
///
/// It counts even if the curve falls below the threshold later. NaN never counts. A run without an evaluation is censored at step 0.
///
/// # Panics
/// If there are not as many steps as values, or steps do not ascend.
pub fn steps_to_threshold(steps: &[f64], values: &[f64], threshold: f64) -> Reached {
    check(steps, values);
    match values.iter().position(|&value| value >= threshold) {
        Some(index) => Reached::At(steps[index]),
        None => Reached::Censored(steps.last().copied().unwrap_or(0.0)),
    }
}

fn check(steps: &[f64], values: &[f64]) {
    assert_eq!(steps.len(), values.len(), "every evaluation has a step and a value");
    assert!(steps.is_sorted_by(|a, b| a < b), "evaluations are in the order of their steps");
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: [f64; 3] = [10.0, 20.0, 40.0];
    const VALUES: [f64; 3] = [0.0, 4.0, 6.0];

    #[test]
    fn areas_by_hand() {
        // 10 · 2 + 20 · 5 = 120 over a span of 30.
        assert_eq!(area_under_curve(&STEPS, &VALUES, 40.0), Some(4.0));
        // The last value holds for another 30: (120 + 180) / 60.
        assert_eq!(area_under_curve(&STEPS, &VALUES, 70.0), Some(5.0));
        // Cut at 30, where the line is at 5: (20 + 45) / 20.
        assert_eq!(area_under_curve(&STEPS, &VALUES, 30.0), Some(3.25));
        assert_eq!(area_under_curve(&STEPS, &VALUES, 20.0), Some(2.0));
        assert_eq!(area_under_curve(&STEPS, &VALUES, 10.0), Some(0.0));
        assert_eq!(area_under_curve(&[0.0], &[3.0], 100.0), Some(3.0));
    }

    #[test]
    fn an_empty_curve_has_no_area() {
        assert_eq!(area_under_curve(&[], &[], 1.0), None);
        assert_eq!(area_under_curve(&STEPS, &VALUES, 9.0), None);
        assert_eq!(area_under_curve(&STEPS, &VALUES, f64::NAN), None);
        assert_eq!(area_under_curve(&[0.0, 1.0], &[0.0, f64::NAN], 1.0), None);
    }

    #[test]
    fn the_first_evaluation_at_the_threshold_counts() {
        assert_eq!(steps_to_threshold(&STEPS, &VALUES, 4.0), Reached::At(20.0));
        assert_eq!(steps_to_threshold(&STEPS, &[5.0, 0.0, 0.0], 4.0), Reached::At(10.0));
        assert_eq!(steps_to_threshold(&STEPS, &[5.0, f64::NAN, 6.0], 6.0), Reached::At(40.0));
        assert_eq!(steps_to_threshold(&STEPS, &VALUES, 6.5), Reached::Censored(40.0));
        assert_eq!(steps_to_threshold(&[], &[], 0.0), Reached::Censored(0.0));
    }
}
