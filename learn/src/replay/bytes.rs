//! Whole numbers from 0 to 255 as bytes.

use super::storage::refuse;

/// Packs each of `numbers` into a byte.
///
/// # Panics
/// If a number is not a whole number from 0 to 255.
pub fn pack(numbers: &[f32], bytes: &mut [u8]) {
    let mut lossless = true;
    for (&number, byte) in numbers.iter().zip(bytes) {
        *byte = number as u8; // rounds towards zero and saturates
        lossless &= f32::from(*byte) == number;
    }
    if !lossless {
        let fits = |number: f32| f32::from(number as u8) == number;
        refuse(numbers, "bytes", "not a whole number from 0 to 255", fits);
    }
}

/// Unpacks the numbers that [`pack`] packed. For one or two numbers the loop itself would take longer than they do, so these
/// lengths are written out.
#[inline(always)]
pub fn unpack(bytes: &[u8], numbers: &mut [f32]) {
    match bytes.len() {
        1 => numbers[0] = f32::from(bytes[0]),
        2 => numbers[..2].copy_from_slice(&[bytes[0], bytes[1]].map(f32::from)),
        _ => numbers.iter_mut().zip(bytes).for_each(|(number, &byte)| *number = f32::from(byte)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back_as_it_was_at_every_length() {
        let all: Vec<f32> = (0..=255_u8).map(f32::from).collect();
        for length in [1, 2, 3, 4, 7, 16, 256] {
            for numbers in all.chunks_exact(length) {
                let (mut bytes, mut back) = (vec![0; length], vec![f32::NAN; length]);
                pack(numbers, &mut bytes);
                unpack(&bytes, &mut back);
                assert_eq!(back, numbers);
            }
        }
    }
}
