//! `one_hot`: one feature per state. Without a hidden layer, the approximator is the table.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::Space;

use super::cells::Cells;
use super::grid::count_features;
use super::ranges::ComponentScale;
use super::{FeatureMap, FeatureSettings};
use crate::invalid_value::{InvalidValue, require};
use crate::registry::Part;

/// Settings of the feature map `one_hot`: it has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OneHotConfig {}

impl Part for OneHotConfig {
    const ID: &'static str = "one_hot";
    const SUMMARY: &'static str = "one feature per state of a discrete space: the table";
}

impl FeatureSettings for OneHotConfig {
    fn fit(&self, space: &Space) -> Result<FeatureMap, InvalidValue> {
        cells(space).map(FeatureMap::sparse)
    }
}

/// One cell per state of a discrete space, row-major.
fn cells(space: &Space) -> Result<Cells, InvalidValue> {
    let refused = |remedy| {
        let message = format!("numbers the states of a discrete space, but observations lie in {space}: use {remedy}");
        Err(InvalidValue::new("", message))
    };
    let sizes = match space {
        Space::Discrete { n } => &vec![*n],
        Space::MultiDiscrete { sizes } => sizes,
        Space::Box { .. } => return refused("`bins` or `tiles`"),
        Space::MultiBinary { .. } => return refused("`identity`, with a hidden layer or more"),
        Space::Image { .. } => return refused("`scaled`, with a hidden layer or more"),
    };
    let whole = |&size: &usize| u32::try_from(size).unwrap_or(u32::MAX); // which is refused below
    let sizes: Vec<u32> = sizes.iter().map(whole).collect();
    let len = count_features(&sizes, 1, "", "use `tiles` with a `memory`")?;
    require(len > 0, "", || format!("needs at least one state, but observations lie in {space}"))?;
    Ok(Cells::new(sizes.iter().map(|size| ComponentScale::of_integers(size - 1)).collect(), &sizes, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(space: &Space) -> Result<FeatureMap, InvalidValue> {
        FeatureMap::new(&OneHotConfig {}.into(), space)
    }

    #[test]
    fn each_state_has_a_feature_of_its_own() {
        let map = build(&Space::Discrete { n: 3 }).unwrap();
        assert_eq!(map.encode_batch(&[0.0, 2.0, 1.0], 3), [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn joint_states_are_numbered_row_by_row() {
        let map = build(&Space::MultiDiscrete { sizes: vec![2, 3] }).unwrap();
        let mut active = [0];
        for (number, state) in [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]].into_iter().enumerate() {
            map.encode_active(&state.map(|value| value as f32), &mut active);
            assert_eq!(active, [number as u32]);
        }
        assert_eq!(map.len(), 6);
    }

    #[test]
    fn a_box_has_no_states_to_number() {
        let error = build(&Space::Box { low: vec![0.0], high: vec![1.0] }).unwrap_err();
        assert_eq!(error.key, "one_hot");
        assert!(error.message.ends_with("Box([0.0], [1.0]): use `bins` or `tiles`"), "{error}");
    }

    #[test]
    fn boards_and_images_have_too_many_states_to_number() {
        let error = |space| build(&space).unwrap_err().message;
        let board = error(Space::MultiBinary { shape: vec![10, 5, 1] });
        assert!(board.ends_with("MultiBinary((10, 5, 1)): use `identity`, with a hidden layer or more"), "{board}");
        let image = error(Space::Image { shape: [2, 2, 3] });
        assert!(image.ends_with("Box(0, 255, (2, 2, 3), uint8): use `scaled`, with a hidden layer or more"), "{image}");
    }

    #[test]
    fn too_many_states_are_refused_with_their_number() {
        let error = build(&Space::MultiDiscrete { sizes: vec![100_000, 2_000] }).unwrap_err();
        assert!(error.to_string().starts_with("one_hot: 200000000 features"), "{error}");
        assert!(build(&Space::Discrete { n: usize::MAX }).is_err());
    }
}
