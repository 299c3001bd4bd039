//! Zeros and ones as bits: eight numbers in a byte, the first in its lowest bit.

use super::storage::refuse;

/// The bytes of an observation with so many numbers. The unused bits of the last byte have no meaning.
pub fn width(components: usize) -> usize {
    components.div_ceil(8)
}

/// Packs `numbers` into `bytes`, which is [`width`] long.
///
/// # Panics
/// If a number is neither 0 nor 1.
pub fn pack(numbers: &[f32], bytes: &mut [u8]) {
    let (eights, rest) = numbers.as_chunks::<8>();
    let mut lossless = true;
    let mut packed = |numbers: &[f32]| {
        let bit = |(place, &number): (usize, &f32)| {
            lossless &= number == 0.0 || number == 1.0;
            u8::from(number == 1.0) << place
        };
        numbers.iter().enumerate().map(bit).fold(0, |byte, bit| byte | bit)
    };
    eights.iter().zip(&mut *bytes).for_each(|(eight, byte)| *byte = packed(eight));
    if let (Some(byte), false) = (bytes.last_mut(), rest.is_empty()) {
        *byte = packed(rest);
    }
    if !lossless {
        refuse(numbers, "bits", "neither 0 nor 1", |number| number == 0.0 || number == 1.0);
    }
}

/// Unpacks the numbers that [`pack`] packed.
#[inline]
pub fn unpack(bytes: &[u8], numbers: &mut [f32]) {
    let (eights, rest) = numbers.as_chunks_mut::<8>();
    for (eight, &byte) in eights.iter_mut().zip(bytes) {
        *eight = UNPACKED[usize::from(byte)];
    }
    if let (Some(&byte), false) = (bytes.last(), rest.is_empty()) {
        rest.copy_from_slice(&UNPACKED[usize::from(byte)][..rest.len()]);
    }
}

/// The eight numbers of each byte, 8 KiB in all.
static UNPACKED: [[f32; 8]; 256] = {
    let mut table = [[0.0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut place = 0;
        while place < 8 {
            table[byte][place] = ((byte >> place) & 1) as f32;
            place += 1;
        }
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_is_the_lowest_bit() {
        let mut bytes = [0xff; 2];
        pack(&[1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0], &mut bytes);
        assert_eq!(bytes, [0b1100_0001, 0b10]);
    }

    #[test]
    fn every_length_comes_back_as_it_was() {
        for length in 1..40 {
            let numbers: Vec<f32> = (0..length).map(|i| f32::from(i * i % 3 == 1)).collect();
            let (mut bytes, mut back) = (vec![0; width(length)], vec![f32::NAN; length]);
            pack(&numbers, &mut bytes);
            unpack(&bytes, &mut back);
            assert_eq!(back, numbers);
        }
        assert_eq!([1, 8, 9, 50].map(width), [1, 1, 2, 7]);
    }

    #[test]
    fn unused_bits_have_no_meaning() {
        let mut numbers = [f32::NAN; 3];
        unpack(&[0b1111_1010], &mut numbers);
        assert_eq!(numbers, [0.0, 1.0, 0.0]);
    }
}
