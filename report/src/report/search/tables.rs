//! The tables of a search.

use super::effort::Effort;
use super::importance::Importance;
use super::searched::{SearchResults, SearchedVariant};
use super::sensitivity::Losses;
use super::wording::{at_rung, domain, shown, value_in};
use crate::report::table::{Column, NONE, Table};
use crate::report::tables::{decimals, estimate};
use crate::results::Hyperparameter;
use crate::text::{counted, fixed, three_digits};

/// What the search found for each variant, and what the verdict says of it. Variants without hyperparameters have their verdict alone.
pub fn summary_table(results: &SearchResults) -> Table {
    let digits = decimals(results.verdict.values().filter_map(|judged| judged.estimate));
    let judged = |name: &str| {
        let Some(judged) = results.verdict.get(name) else { return NONE.to_owned() };
        let so_far = match judged.over == judged.runs {
            true => String::new(),
            false => format!(" ({} of {})", judged.over, counted(judged.runs, "run")),
        };
        estimate(judged.estimate, digits) + &so_far
    };
    let at = |objective: f64, rung: usize| match rung + 1 < results.search.rung_steps.len() {
        true => format!("{}{}", shown(objective), at_rung(results, rung).replace(" steps", "")),
        false => shown(objective),
    };
    let row = |variant: &SearchedVariant| {
        let own = variant.trial(0).and_then(|trial| trial.objectives.last_key_value());
        let (best, tied) = (variant.best(), variant.tied());
        let cells = vec![
            variant.name.clone(),
            variant.trials.len().to_string(),
            variant.failed().to_string(),
            own.map_or(NONE.to_owned(), |(rung, objective)| at(*objective, *rung)),
            best.map_or(NONE.to_owned(), |best| at(best.measured.objective, best.rung)),
            best.map_or(NONE.to_owned(), |best| best.trial.to_string()),
            if tied > 1 { tied.to_string() } else { NONE.to_owned() },
            judged(&variant.name),
        ];
        (variant.index, cells)
    };
    let searched = results.variants.iter().map(row);
    let others = results.plan.variants.iter().enumerate().filter(|(_, v)| results.unsearched.contains(&v.name));
    let unsearched = others.map(|(index, variant)| {
        let mut cells = vec![NONE.to_owned(); 8];
        (cells[0], cells[1], cells[7]) = (variant.name.clone(), "0".to_owned(), judged(&variant.name));
        (index, cells)
    });
    let columns = vec![
        Column::names("variant"),
        Column::numbers("trials", 1),
        Column::numbers("failed", 2),
        Column::numbers("default", 0),
        Column::numbers("best", 0),
        Column::numbers("of\ntrial", 3),
        Column::numbers("trials\nwith it", 4),
        Column::numbers("on the judging seeds\n[95 %]", 0),
    ];
    Table { columns, rows: searched.chain(unsearched).collect() }.without_empty_columns()
}

/// The hyperparameters of each variant with their ranges, the config's own values and the chosen ones.
pub fn settings_table(results: &SearchResults) -> Table {
    let of = |variant: &SearchedVariant, trial: Option<usize>, one: &Hyperparameter| {
        let value_of = trial.and_then(|number| variant.trial(number)?.settings.get(&one.key));
        value_of.map_or(NONE.to_owned(), |value| value_in(&one.domain, value))
    };
    let mut rows = Vec::new();
    for variant in &results.variants {
        let best = variant.best().map(|best| best.trial);
        let used = |key: &str| variant.trials.iter().any(|trial| trial.settings.contains_key(key));
        for one in variant.space.iter().filter(|one| used(&one.key)) {
            let cells = vec![
                variant.name.clone(),
                one.key.clone(),
                domain(&one.domain),
                of(variant, Some(0), one),
                of(variant, best, one),
            ];
            rows.push((variant.index, cells));
        }
    }
    let columns = vec![
        Column::names("variant"),
        Column::names("hyperparameter"),
        Column::names("searched"),
        Column::numbers("default", 0),
        Column::numbers("chosen", 0),
    ];
    Table { columns, rows }
}

/// How much each hyperparameter explains.
pub fn importance_table(importances: &[Importance]) -> Table {
    let row = |one: &Importance| {
        let (share, p_value) = match &one.explained {
            Ok(explained) => (format!("{:.0} %", 100.0 * explained.share), fixed(explained.p_value, 4)),
            Err(why) => ((*why).to_owned(), NONE.to_owned()),
        };
        (one.variant, vec![one.name.clone(), one.key.clone(), one.trials.to_string(), share, p_value])
    };
    let columns = vec![
        Column::names("variant"),
        Column::names("hyperparameter"),
        Column::numbers("trials", 1),
        Column::numbers("explains", 0),
        Column::numbers("p", 0),
    ];
    Table { columns, rows: importances.iter().filter(|one| one.trials > 0).map(row).collect() }
}

/// What each variant loses with the settings that are best for the others.
pub fn sensitivity_table(results: &SearchResults, losses: &Losses) -> Table {
    let row = |(variant, loss): (&SearchedVariant, &super::sensitivity::Loss)| {
        let in_units = match loss.others.1.is_finite() && loss.own.1.is_finite() {
            true => three_digits(loss.own.1 - loss.others.1),
            false => NONE.to_owned(),
        };
        let cells = vec![
            variant.name.clone(),
            shown(loss.own.1),
            loss.own.0.to_string(),
            shown(loss.others.1),
            loss.others.0.to_string(),
            in_units,
            fixed(loss.share, 2),
        ];
        (variant.index, cells)
    };
    let columns = vec![
        Column::names("variant"),
        Column::numbers("its best", 0),
        Column::numbers("of trial", 1),
        Column::numbers("with the others' best", 0),
        Column::numbers("trial", 1),
        Column::numbers("loss", 0),
        Column::numbers("share of its range", 0),
    ];
    Table { columns, rows: results.variants.iter().zip(&losses.variants).map(row).collect() }
}

/// The numbers of trials in the table of efforts, beside all.
const EFFORTS: [usize; 3] = [1, 4, 16];

/// What each variant reaches with 1, 4, 16 and all trials, drawn and in their order.
pub fn effort_table(efforts: &[Effort]) -> Table {
    let row = |effort: &Effort| {
        let of = |curve: &[f64]| {
            let at = |count: usize| curve.get(count - 1).map_or(NONE.to_owned(), |value| shown(*value));
            let all = curve.last().map_or(NONE.to_owned(), |value| format!("{} ({})", shown(*value), curve.len()));
            EFFORTS.map(at).into_iter().chain([all]).collect::<Vec<_>>()
        };
        let cells = [vec![effort.name.clone()], of(&effort.expected), of(&effort.in_order)].concat();
        (effort.variant, cells)
    };
    let columns = vec![
        Column::names("variant"),
        Column::numbers("expected best of 1", 0),
        Column::numbers("of 4", 0),
        Column::numbers("of 16", 0),
        Column::numbers("of all", 0),
        Column::numbers("in order: best of 1", 0),
        Column::numbers("of 4", 0),
        Column::numbers("of 16", 0),
        Column::numbers("of all", 0),
    ];
    Table { columns, rows: efforts.iter().map(row).collect() }.without_empty_columns()
}
