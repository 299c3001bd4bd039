//! All combinations of a space's values.

use super::{Applies, Settings, Space};

/// Every combination of the values of the hyperparameters that apply, the last key varying fastest; the first error of a
/// hyperparameter, by its key, that has no list of values.
///
/// # Errors
/// If a range of real numbers has no `levels`, or there are more than `most` combinations.
pub fn grid_points(space: &Space, applies: &Applies, most: usize) -> Result<Vec<Settings>, (String, String)> {
    let mut points = vec![Settings::new()];
    for parameter in space.parameters() {
        let key = &parameter.key;
        let values = parameter.distribution.grid().ok_or_else(|| {
            (key.clone(), "a grid takes a number of values of a range: add `levels`, such as `levels = 5`".to_owned())
        })?;
        let further = |point: Settings| {
            let with = |value: &toml::Value| {
                let mut point = point.clone();
                point.insert(key.clone(), value.clone());
                point
            };
            if applies(key, &point) { values.iter().map(with).collect() } else { vec![point] }
        };
        points = points.into_iter().flat_map(further).collect();
        if points.len() > most {
            let message = format!("the grid has more than {most} combinations: shorten its lists");
            return Err((key.clone(), message));
        }
    }
    Ok(points)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use toml::Value;

    use super::super::Distribution;
    use super::*;

    #[test]
    fn a_key_that_does_not_apply_multiplies_nothing() {
        let names = ["a", "b"].map(|name| Value::String(name.to_owned()));
        let space = Space::from(BTreeMap::from([
            ("part".to_owned(), Distribution::choice(names)),
            ("part.a.x".to_owned(), Distribution::integer(1, 3)),
        ]));
        let applies = |key: &str, chosen: &Settings| key == "part" || chosen["part"].as_str() == Some("a");
        let points = grid_points(&space, &applies, 100).unwrap();
        let shown: Vec<String> =
            points.iter().map(|point| point.values().map(Value::to_string).collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(shown, ["\"a\" 1", "\"a\" 2", "\"a\" 3", "\"b\""]);
        assert_eq!(grid_points(&space, &applies, 3).unwrap_err().0, "part.a.x");
    }

    #[test]
    fn a_range_of_real_numbers_needs_levels() {
        let space = Space::from(BTreeMap::from([("x".to_owned(), Distribution::uniform(0.0, 1.0))]));
        assert!(grid_points(&space, &|_, _| true, 100).unwrap_err().1.contains("levels"));
    }
}
