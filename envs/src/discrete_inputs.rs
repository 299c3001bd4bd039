//! A real-valued input, such as a torque, as a list of values: its discrete actions.

use crate::ConfigError;

/// The most values. More are most likely a typing error.
const MOST: usize = 1_000;

/// Checks the values of a setting: at least one, each once, and all in ±`limit`, in `unit`.
pub(crate) fn check(key: &str, values: &[f64], limit: f64, unit: &str) -> Result<(), ConfigError> {
    let error = |message: String| Err(ConfigError::new(key, message));
    if values.is_empty() || values.len() > MOST {
        return error(format!("lists one value for each action, from 1 to {MOST} of them, not {}", values.len()));
    }
    if let Some(value) = values.iter().find(|value| !(-limit..=limit).contains(*value)) {
        return error(format!("each value must lie between -{limit} and {limit} {unit}, not {value}"));
    }
    match values.iter().enumerate().find(|&(index, value)| values[..index].contains(value)) {
        Some((_, value)) => error(format!("each value is an action of its own, but {value} is there twice")),
        None => Ok(()),
    }
}

/// The names of the actions: the values with their unit.
pub(crate) fn names(values: &[f64], unit: &str) -> Vec<String> {
    values.iter().map(|value| format!("{value} {unit}").replace('-', "−")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_lists_are_errors_that_name_the_value() {
        let message = |values: &[f64]| check("torques", values, 2.0, "N m").unwrap_err().to_string();
        assert!(message(&[]).contains("`torques`: lists one value for each action, from 1 to 1000 of them, not 0"));
        assert!(message(&[0.0; 1_001]).contains("not 1001"));
        assert!(message(&[0.0, 2.5]).contains("between -2 and 2 N m, not 2.5"));
        assert!(message(&[f64::NAN]).contains("not NaN"));
        assert!(message(&[1.0, 0.0, -0.0]).contains("-0 is there twice"));
        assert_eq!(check("torques", &[2.0, -2.0, 0.5], 2.0, "N m"), Ok(()));
    }

    #[test]
    fn names_have_the_unit_and_a_real_minus() {
        assert_eq!(names(&[-2.0, 0.0, 0.75], "N m"), ["−2 N m", "0 N m", "0.75 N m"]);
    }
}
