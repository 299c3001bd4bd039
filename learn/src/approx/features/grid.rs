//! For maps with one feature for each combination of the components' parts: how many combinations there are, and their
//! order. The order is row-major: the last component's number changes fastest.

use crate::invalid_value::{InvalidValue, require};

/// The most features that a map may have. Their weights for one output fill 400 MB: beyond it lies a typing error, or a
/// space with too many components to be cut into a grid.
pub const MAX_FEATURES: usize = 100_000_000;

/// So many components, cut into two parts each, have more combinations than [`MAX_FEATURES`].
const TOO_MANY_TO_COMBINE: u32 = MAX_FEATURES.ilog2() + 1;

/// How many combinations there are, `times` over.
///
/// # Errors
/// Under `key`, if there are more than [`MAX_FEATURES`]; `remedy` says what to do then. Where no number of parts would
/// do, as for a board or an image, the remedy is another map.
pub fn count_features(sizes: &[u32], times: u32, key: &str, remedy: &str) -> Result<usize, InvalidValue> {
    // Floating-point numbers do not wrap around, and every number up to the limit is exact.
    let features = f64::from(times) * sizes.iter().map(|&size| f64::from(size)).product::<f64>();
    require(features <= MAX_FEATURES as f64, key, || {
        let features = if features < 1e15 { format!("{features}") } else { format!("{features:.1e}") };
        let combined = sizes.iter().filter(|&&size| size > 1).count();
        let hopeless = combined >= TOO_MANY_TO_COMBINE as usize;
        let remedy = match hopeless {
            true => {
                "`identity` or `scaled`, which combine no components, or `tiles` with a `memory`, are for observations like these"
            }
            false => remedy,
        };
        format!("{features} features are more than a map may have ({MAX_FEATURES}): {remedy}")
    })?;
    Ok(features as usize)
}

/// How far apart two combinations lie that differ by one in one component.
pub fn strides(sizes: &[u32]) -> Vec<u32> {
    let mut strides = vec![1; sizes.len()];
    for component in (1..sizes.len()).rev() {
        strides[component - 1] = strides[component] * sizes[component];
    }
    strides
}

/// Fills `features` with one number per combination: `first` and each of its parts' numbers `part(component, index)`,
/// joined by `join` (a product, or a sum). A part is computed once, however many combinations it belongs to.
pub fn fill(
    features: &mut [f32],
    sizes: &[u32],
    first: f32,
    join: impl Fn(f32, f32) -> f32,
    part: impl Fn(usize, u32) -> f32,
) {
    features[0] = first;
    let mut filled = 1;
    for (component, &size) in sizes.iter().enumerate().rev() {
        // What is filled becomes one block per index. The first block is the source of the others, so it comes last.
        let (source, others) = features[..filled * size as usize].split_at_mut(filled);
        for (index, block) in (1..size).zip(others.chunks_exact_mut(filled)) {
            let part = part(component, index);
            block.iter_mut().zip(&*source).for_each(|(to, &from)| *to = join(from, part));
        }
        let part = part(component, 0);
        source.iter_mut().for_each(|feature| *feature = join(*feature, part));
        filled *= size as usize;
    }
}

/// The weights `[len]` with which only the first feature counts.
pub fn first_alone(len: usize) -> Vec<f32> {
    (0..len).map(|feature| if feature == 0 { 1.0 } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_component_changes_fastest() {
        assert_eq!(strides(&[4, 2, 3]), [6, 3, 1]);
        let mut features = [0.0; 6];
        fill(
            &mut features,
            &[2, 3],
            1.0,
            |a, b| a * b,
            |component, index| [[2.0, 3.0, 0.0], [5.0, 7.0, 11.0]][component][index as usize],
        );
        assert_eq!(features, [10.0, 14.0, 22.0, 15.0, 21.0, 33.0]);
    }

    #[test]
    fn too_many_features_are_refused_with_their_number() {
        assert_eq!(count_features(&[10_000, 10_000], 1, "bins", ""), Ok(100_000_000));
        let error = count_features(&[10_001, 10_000], 3, "bins", "choose fewer").unwrap_err();
        assert_eq!(
            error.to_string(),
            "bins: 300030000 features are more than a map may have (100000000): choose fewer"
        );
        let error = count_features(&[8; 40], 1, "bins", "choose fewer").unwrap_err(); // 2^120 wraps around a u64
        assert!(error.message.starts_with("1.3e36 features"), "{error}");
    }

    #[test]
    fn where_no_number_of_parts_would_do_another_map_is_named() {
        let error =
            |components| count_features(&vec![2; components], 1, "order", "choose a lower order").unwrap_err().message;
        // 2²⁷ is 134 million; of 26 components, the 67 million combinations may be counted.
        assert_eq!(count_features(&[2; 26], 1, "order", ""), Ok(1 << 26));
        assert!(error(27).contains(": `identity` or `scaled`"), "{}", error(27));
        let fewer = count_features(&[3; 26], 1, "order", "choose a lower order").unwrap_err().message;
        assert!(fewer.ends_with("choose a lower order"), "{fewer}");
        let constant = [vec![1; 50], vec![10_001, 10_000]].concat();
        let constant = count_features(&constant, 1, "bins", "choose fewer bins").unwrap_err().message;
        assert!(constant.ends_with("choose fewer bins"), "{constant}");
    }
}
