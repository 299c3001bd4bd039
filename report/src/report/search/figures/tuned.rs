//! Tuned against default.

use crate::chart::{Axis, Chart, DumbbellChart, DumbbellRow};
use crate::report::figures::Figure;
use crate::report::search::searched::SearchResults;
use crate::report::search::wording::{at_rung, measure};
use crate::results::FAILED;

/// The objective of the config's own settings and of the best ones, and the verdict on those; `None` before there is any.
pub fn tuned(results: &SearchResults) -> Option<Figure> {
    let mut rungs = Vec::new();
    let mut row = |(index, variant): (usize, &crate::report::read::PlannedVariant)| {
        let searched = results.variants.iter().find(|searched| searched.index == index);
        let (own, best) = match searched.and_then(|searched| searched.against_default()) {
            Some((rung, own, best)) => {
                rungs.push(rung);
                (Some(own), Some(best))
            }
            None => (None, None),
        };
        let sound = |objective: &f64| *objective > FAILED;
        let judged = results.verdict.get(&variant.name).and_then(|judged| judged.estimate);
        DumbbellRow {
            name: variant.name.clone(),
            variant: index,
            from: own.filter(sound),
            to: best.filter(sound),
            judged: judged.map(|estimate| (estimate.value, estimate.ends())),
        }
    };
    let rows: Vec<DumbbellRow> = results.plan.variants.iter().enumerate().map(&mut row).collect();
    let is_known = |row: &DumbbellRow| row.from.is_some() || row.to.is_some() || row.judged.is_some();
    let judged = rows.iter().any(|row| row.judged.is_some());
    rungs.sort_unstable();
    rungs.dedup();
    let earlier = match (results.search.rung_steps.len(), &rungs[..]) {
        (1, _) | (_, []) => String::new(),
        (_, [rung]) => format!(
            " Circle and dot are objectives{}, the last rung at which both were measured.",
            at_rung(results, *rung)
        ),
        _ => {
            let steps: Vec<String> =
                rungs.iter().filter_map(|&rung| Some(results.search.rung_steps.get(rung)?.to_string())).collect();
            format!(
                " Circle and dot are objectives at the last rung at which both were measured, which is not the same for all variants: \
                 {} steps.",
                steps.join(" or ")
            )
        }
    };
    let judging = if judged {
        " The diamond is the same figure of the chosen settings on the judging seeds, after the whole budget, with its 95 % interval: \
         the dot is the best of many, and optimistic."
    } else {
        " The dot is the best of many, and optimistic."
    };
    Some(Figure {
        id: "tuned".to_owned(),
        title: "Tuned against default".to_owned(),
        caption: format!(
            "From the config's own settings, trial 0, to the best trial, both on the tuning seeds.{earlier}{judging} What failed has no mark."
        ),
        chart: Chart::Dumbbells(DumbbellChart {
            x: Axis::new(measure(results)),
            key: [
                "default".to_owned(),
                "best, tuning seeds".to_owned(),
                if judged { "best, judging seeds".to_owned() } else { String::new() },
            ],
            rows,
        }),
    })
    .filter(|figure| matches!(&figure.chart, Chart::Dumbbells(chart) if chart.rows.iter().any(is_known)))
}
