//! The file format safetensors: named tensors in one file, which PyTorch, NumPy, JAX and others read.
//!
//! A file is the length of its header (8 bytes, little-endian), the header, which is a JSON object with the type, the
//! shape and the place of each tensor, and the numbers of all tensors, one after another
//! (<https://huggingface.co/docs/safetensors>, "Format"). Here all numbers are 32-bit floats.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A tensor of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Its extents.
    pub shape: Vec<usize>,
    /// Its numbers, row-major.
    pub values: Vec<f32>,
}

/// The tensors of a file, by name.
pub type Tensors = BTreeMap<String, Tensor>;

/// The one type of numbers, as a header has it.
const F32: &str = "F32";

/// The entry of a header that is not a tensor, but texts about the file.
const METADATA: &str = "__metadata__";

/// More than any header has: the limit of the format's own reader.
const MAX_HEADER: u64 = 100_000_000;

/// A tensor's entry in a header.
#[derive(Serialize, Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [usize; 2],
}

/// The content of a file with these tensors, and with `metadata`, texts about the file by their keys.
pub fn encode(tensors: &Tensors, metadata: &BTreeMap<String, String>) -> Vec<u8> {
    let mut header = serde_json::Map::new();
    let json = |part: serde_json::Result<serde_json::Value>| part.expect("numbers and texts are JSON");
    if !metadata.is_empty() {
        header.insert(METADATA.to_owned(), json(serde_json::to_value(metadata)));
    }
    let mut end = 0;
    for (name, Tensor { shape, values }) in tensors {
        assert_eq!(values.len(), shape.iter().product::<usize>(), "`{name}` has one number for each place");
        let start = end;
        end += size_of_val(&values[..]);
        let entry = Entry { dtype: F32.to_owned(), shape: shape.clone(), data_offsets: [start, end] };
        header.insert(name.clone(), json(serde_json::to_value(entry)));
    }
    let mut header = serde_json::Value::Object(header).to_string();
    // Numbers begin at a multiple of eight bytes, as the format's own writer has it.
    header.push_str(&" ".repeat(header.len().next_multiple_of(8) - header.len()));
    let mut content = Vec::with_capacity(8 + header.len() + end);
    content.extend_from_slice(&(header.len() as u64).to_le_bytes());
    content.extend_from_slice(header.as_bytes());
    content.extend(tensors.values().flat_map(|tensor| &tensor.values).flat_map(|value| value.to_le_bytes()));
    content
}

/// The tensors of a file with this content.
///
/// # Errors
/// If it is not such a file, or has numbers of another type; the message follows the name of the file.
pub fn decode(content: &[u8]) -> Result<Tensors, String> {
    let damaged = |why: &str| format!("is not a whole safetensors file: {why}");
    let (length, rest) = content.split_first_chunk::<8>().ok_or_else(|| damaged("it is too short"))?;
    let length = Some(u64::from_le_bytes(*length)).filter(|&length| length <= MAX_HEADER);
    let split = length.and_then(|length| rest.split_at_checked(length as usize));
    let (header, numbers) = split.ok_or_else(|| damaged("its header is longer than the file"))?;
    let header: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(header).map_err(|error| damaged(&format!("its header is no JSON object: {error}")))?;
    let tensor = |(name, entry): (String, serde_json::Value)| {
        let entry: Entry = serde_json::from_value(entry)
            .map_err(|error| damaged(&format!("the header's entry of `{name}` cannot be read: {error}")))?;
        let Entry { dtype, shape, data_offsets: [start, end] } = entry;
        if dtype != F32 {
            return Err(format!("has the tensor `{name}` of type {dtype}: save it with 32-bit floats ({F32})"));
        }
        let bytes = shape.iter().try_fold(size_of::<f32>(), |bytes, &extent| bytes.checked_mul(extent));
        let place = Some(Range { start, end }).filter(|place| bytes == place.end.checked_sub(place.start));
        let of_tensor = place.and_then(|place| numbers.get(place));
        let of_tensor = of_tensor.ok_or_else(|| damaged(&format!("the place of `{name}` does not fit its shape")))?;
        let values = of_tensor.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        Ok((name, Tensor { shape, values }))
    };
    header.into_iter().filter(|(name, _)| name != METADATA).map(tensor).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Tensors {
        let matrix = Tensor { shape: vec![2, 3], values: vec![1.0, -2.0, 0.5, 3.0, f32::MIN_POSITIVE, 7.0] };
        let vector = Tensor { shape: vec![2], values: vec![0.25, -0.0] };
        [("a.weight".to_owned(), matrix), ("a.bias".to_owned(), vector)].into()
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let metadata = [("format".to_owned(), "pt".to_owned())].into();
        let content = encode(&two(), &metadata);
        assert_eq!(decode(&content), Ok(two()));
        let header = u64::from_le_bytes(content[..8].try_into().unwrap());
        assert_eq!((header % 8, content.len()), (0, 8 + header as usize + 8 * 4));
        assert_eq!(decode(&encode(&Tensors::new(), &BTreeMap::new())), Ok(Tensors::new()));
    }

    /// A file as the format's own writer, the Python package safetensors 0.5, makes it.
    #[test]
    fn a_file_of_the_formats_own_writer_is_read() {
        let header = r#"{"x":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}        "#;
        let mut content = (header.len() as u64).to_le_bytes().to_vec();
        content.extend_from_slice(header.as_bytes());
        content.extend_from_slice(&[0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]);
        let expected = Tensor { shape: vec![1, 2], values: vec![1.0, -2.0] };
        assert_eq!(decode(&content), Ok([("x".to_owned(), expected)].into()));
    }

    #[test]
    fn what_is_no_such_file_is_refused_and_never_a_panic() {
        let whole = encode(&two(), &BTreeMap::new());
        for length in 0..whole.len() {
            assert!(decode(&whole[..length]).is_err(), "the first {length} bytes alone");
        }
        let with = |from: &str, to: &str| {
            let header = String::from_utf8(whole[8..whole.len() - 32].to_vec()).unwrap().replace(from, to);
            let numbers = &whole[whole.len() - 32..];
            decode(&[&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), numbers].concat()).unwrap_err()
        };
        assert!(with("F32", "BF16").contains("of type BF16: save it with 32-bit floats"));
        assert!(with("[2,3]", "[2,4]").contains("the place of `a.weight` does not fit its shape"));
        assert!(with("[2,3]", "[18446744073709551615,3]").contains("does not fit"));
        assert!(with("[0,8]", "[8,0]").contains("does not fit"));
        assert!(with("{", "").contains("no JSON object"));
        assert!(decode(&[0xff; 64]).is_err());
    }
}
