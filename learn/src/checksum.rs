//! A checksum of bytes.

/// FNV-1a, 64 bits (Fowler, Noll & Vo), over words of eight bytes. It detects accidental damage, not manipulation.
pub fn checksum(bytes: &[u8]) -> u64 {
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    const START: u64 = 0xcbf2_9ce4_8422_2325;
    let mix = |sum: u64, word: u64| (sum ^ word).wrapping_mul(PRIME);
    let (words, rest) = bytes.as_chunks::<8>();
    let sum = words.iter().fold(START, |sum, word| mix(sum, u64::from_le_bytes(*word)));
    let sum = rest.iter().fold(sum, |sum, &byte| mix(sum, u64::from(byte)));
    mix(sum, bytes.len() as u64)
}

/// [`checksum`] as files have it: 16 hexadecimal digits.
pub fn checksum_text(bytes: &[u8]) -> String {
    format!("{:016x}", checksum(bytes))
}
