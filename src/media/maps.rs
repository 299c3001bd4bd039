//! Maps of what several runs learned about the same states, with common colours.

use super::run::PlayedRun;
use crate::chart::{Cells, Chart, HeatMap};
use crate::inspect::{Others, Plane, ValueMap};
use crate::report::MapGroup;
use crate::text::three_digits;

/// Cells of a side.
const CELLS: usize = 40;
/// A map with numbers in a range this many times wider than the usual one does not decide about the common colours.
const TOO_WIDE: f64 = 5.0;

/// The maps of `runs`, which have the same environment: values, and which action is better. None if the environment has no
/// two components to show, or if its drawings show the values of all states already.
pub fn maps(runs: &mut [PlayedRun]) -> Vec<MapGroup> {
    if runs.is_empty() || runs.iter().any(|run| run.draws_values) {
        return Vec::new();
    }
    let env = runs[0].run.config.environment();
    let visited: Vec<Vec<f32>> = runs.iter().flat_map(|run| run.visited.iter().cloned()).collect();
    let Ok(plane) = Plane::new(&env, None, &Others::Median, &visited, CELLS) else { return Vec::new() };
    let computed: Vec<ValueMap> = runs
        .iter_mut()
        .map(|PlayedRun { run, .. }| ValueMap::compute(run.agent.as_mut(), &env, &plane, run.step))
        .collect();
    let [x, y] = plane.names();
    let others = if plane.others().is_empty() { String::new() } else { format!(", {}", plane.others()) };
    let marks = if plane.is_grid() { "The line connects" } else { "Dots are" };
    let over = format!("Over {x} and {y}{others}. {marks} the states of the episode above.");
    let group = |id, title: &str, about: &str, chart: &dyn Fn(&ValueMap) -> Option<HeatMap>| {
        let mut charts: Vec<(&PlayedRun, HeatMap)> =
            runs.iter().zip(&computed).filter_map(|(run, map)| Some((run, chart(map)?))).collect();
        let beyond = share_colours(&mut charts);
        let maps = charts.into_iter().map(|(run, mut chart)| {
            chart.overlays.push(plane.overlay(&run.visited));
            (run.variant, Chart::HeatMap(chart))
        });
        let caption = format!("{over}{about}{beyond}");
        MapGroup { id, title: title.to_owned(), caption, maps: maps.collect() }
    };
    let groups = [
        group("values", "Learned values of states", "", &|map| map.value_chart(None)),
        group(
            "actions",
            "Which action is better",
            " Where the colour changes its side, so does the greedy action; with more than two actions, the difference of the best \
             two is shown.",
            &|map| map.advantage_chart(None),
        ),
    ];
    groups.into_iter().filter(|group| !group.maps.is_empty()).collect()
}

/// Gives maps of the same quantity the same ends of their colours. Those of maps whose numbers are in a much wider range do not
/// count; returns a sentence about these.
fn share_colours(charts: &mut [(&PlayedRun, HeatMap)]) -> String {
    let label = |chart: &HeatMap| chart.cells.label().to_owned();
    let own_ends = |chart: &HeatMap| match &chart.cells {
        Cells::Numbers { values, scale, ends: None, .. } => Some(scale.ends(values.iter().copied())),
        _ => None, // the ends are given
    };
    let mut labels: Vec<String> = charts.iter().map(|(_, chart)| label(chart)).collect();
    labels.sort();
    labels.dedup();
    let mut beyond = Vec::new();
    for of in labels {
        let ends: Vec<(f64, f64)> =
            charts.iter().filter(|(_, chart)| label(chart) == of).filter_map(|(_, chart)| own_ends(chart)).collect();
        let Some(common) = common_ends(&ends) else { continue };
        for (run, chart) in charts.iter_mut().filter(|(_, chart)| label(chart) == of) {
            let Some((low, high)) = own_ends(chart) else { continue };
            if low < common.0 || high > common.1 {
                beyond.push(format!("{} (from {} to {})", run.name, short(low), short(high)));
            }
            if let Cells::Numbers { ends, .. } = &mut chart.cells {
                *ends = Some(common);
            }
        }
    }
    match beyond.is_empty() {
        true => " All maps have the same colours.".to_owned(),
        false => format!(" All maps have the same colours, which do not reach the numbers of {}.", beyond.join(", ")),
    }
}

/// The lowest and the highest end of those that are not much wider than the median one.
fn common_ends(ends: &[(f64, f64)]) -> Option<(f64, f64)> {
    let mut widths: Vec<f64> = ends.iter().map(|(low, high)| high - low).collect();
    widths.sort_by(f64::total_cmp);
    let most = TOO_WIDE * widths.get(widths.len().checked_sub(1)? / 2)?;
    let usual = ends.iter().filter(|(low, high)| high - low <= most);
    usual.copied().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

fn short(number: f64) -> String {
    if number != 0.0 && !(1e-3..1e6).contains(&number.abs()) { format!("{number:.1e}") } else { three_digits(number) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_with_numbers_far_beyond_the_others_does_not_decide_about_the_colours() {
        assert_eq!(common_ends(&[(0.0, 10.0), (-5.0, 20.0), (0.0, 1e9)]), Some((-5.0, 20.0)));
        assert_eq!(common_ends(&[(0.0, 10.0), (-1e9, 1e9)]), Some((0.0, 10.0)));
        assert_eq!(common_ends(&[(2.0, 3.0)]), Some((2.0, 3.0)));
        assert_eq!(common_ends(&[]), None);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([123.456, -2.5e9, 0.0].map(short), ["123", "-2.5e9", "0"]);
    }
}
