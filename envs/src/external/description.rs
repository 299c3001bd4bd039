//! What a process says of its environments.

use serde::Deserialize;

use crate::Space;

/// The spaces of the environments that a process serves.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Description {
    pub(super) space: Space,
    pub(super) actions: usize,
    /// The return at which it counts as solved.
    pub(super) reward_threshold: Option<f64>,
    /// Whether episodes have a time limit.
    pub(super) time_limit: bool,
    /// Whether it takes over the state of NumPy's generator at a reset, and hands it back after each episode. Else it has seeds.
    pub(super) generator: bool,
}

impl Description {
    /// Reads the JSON of a description.
    ///
    /// # Errors
    /// If it is none, or no agent can act in such an environment.
    pub(super) fn read(json: &[u8]) -> Result<Description, String> {
        let written: Written = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let Written { observation_space, actions, reward_threshold, time_limit, generator } = written;
        if actions == 0 {
            return Err("there must be at least one action".to_owned());
        }
        Ok(Description { space: observation_space.space()?, actions, reward_threshold, time_limit, generator })
    }

    /// Whether each component of an observation is one byte in a frame.
    pub(super) fn in_bytes(&self) -> bool {
        matches!(self.space, Space::Image { .. } | Space::MultiBinary { .. })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    observation_space: WrittenSpace,
    actions: usize,
    #[serde(default)]
    reward_threshold: Option<f64>,
    #[serde(default)]
    time_limit: bool,
    #[serde(default)]
    generator: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum WrittenSpace {
    Discrete { n: usize },
    MultiDiscrete { sizes: Vec<usize> },
    Box { low: Vec<Bound>, high: Vec<Bound> },
    MultiBinary { shape: Vec<usize> },
    Image { shape: [usize; 3] },
}

/// A number, or `"inf"` and `"-inf"`, which JSON does not have.
#[derive(Deserialize)]
#[serde(untagged)]
enum Bound {
    Number(f32),
    Text(String),
}

/// The largest number of states or values: every one of them is exact as an `f32`.
const LARGEST: usize = 1 << 24;

impl WrittenSpace {
    fn space(self) -> Result<Space, String> {
        let space = match self {
            WrittenSpace::Discrete { n } => Space::Discrete { n },
            WrittenSpace::MultiDiscrete { sizes } => Space::MultiDiscrete { sizes },
            WrittenSpace::MultiBinary { shape } => Space::MultiBinary { shape },
            WrittenSpace::Image { shape } => Space::Image { shape },
            WrittenSpace::Box { low, high } => Space::Box { low: bounds(low)?, high: bounds(high)? },
        };
        let fits = match &space {
            Space::Discrete { n } => (1..=LARGEST).contains(n),
            Space::MultiDiscrete { sizes } => sizes.iter().all(|size| (1..=LARGEST).contains(size)),
            Space::Box { low, high } => low.len() == high.len() && low.iter().zip(high).all(|(low, high)| low <= high),
            Space::MultiBinary { .. } | Space::Image { .. } => true,
        };
        match fits && (1..=LARGEST).contains(&space.len()) {
            true => Ok(space),
            false => Err(format!("there are no observations in {space}")),
        }
    }
}

fn bounds(written: Vec<Bound>) -> Result<Vec<f32>, String> {
    let bound = |bound| match bound {
        Bound::Number(number) => Ok(number),
        Bound::Text(text) => text.parse().map_err(|_| format!("`{text}` is not a bound: write a number, inf or -inf")),
    };
    written.into_iter().map(bound).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(space: &str) -> Result<Space, String> {
        let json = format!(r#"{{"observation_space": {space}, "actions": 2}}"#);
        Description::read(json.as_bytes()).map(|description| description.space)
    }

    #[test]
    fn spaces_are_read() {
        let bounds = Space::Box { low: vec![f32::NEG_INFINITY, 0.0], high: vec![f32::INFINITY, 2.5] };
        assert_eq!(read(r#"{"box": {"low": ["-inf", 0], "high": ["inf", 2.5]}}"#), Ok(bounds));
        assert_eq!(read(r#"{"discrete": {"n": 3}}"#), Ok(Space::Discrete { n: 3 }));
        assert_eq!(read(r#"{"image": {"shape": [8, 8, 3]}}"#), Ok(Space::Image { shape: [8, 8, 3] }));
    }

    #[test]
    fn what_is_no_space_is_an_error() {
        for wrong in [
            r#"{"discrete": {"n": 0}}"#,
            r#"{"box": {"low": [0, 0], "high": [1]}}"#,
            r#"{"box": {"low": [2], "high": [1]}}"#,
            r#"{"box": {"low": [], "high": []}}"#,
            r#"{"box": {"low": ["low"], "high": [1]}}"#,
            r#"{"multi_binary": {"shape": [4, 0]}}"#,
            r#"{"multi_discrete": {"sizes": [20000000]}}"#,
            r#"{"graph": {}}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(Description::read(br#"{"observation_space": {"discrete": {"n": 3}}, "actions": 0}"#).is_err());
    }
}
