//! CRC-32C (Castagnoli): the checksum in the records of TensorBoard's event files.

/// The generator 0x1EDC6F41 with its bits reversed: the checksum takes the lowest bit of a byte first.
const POLYNOMIAL: u32 = 0x82F6_3B78;

/// The register after each single byte.
const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    // A constant function cannot use `for`.
    while byte < 256 {
        let mut register = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            register = if register & 1 == 1 { (register >> 1) ^ POLYNOMIAL } else { register >> 1 };
            bit += 1;
        }
        table[byte] = register;
        byte += 1;
    }
    table
}

/// The checksum of some bytes, with the parameters of RFC 3720, section 12.1.
pub fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |register, &byte| (register >> 8) ^ TABLE[usize::from(register as u8 ^ byte)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_standard() {
        // The check value of the CRC catalogue, and two of the examples in RFC 3720, appendix B.4.
        assert_eq!(crc32c(b"123456789"), 0xE306_9283);
        assert_eq!(crc32c(&[0; 32]), 0x8A91_36AA);
        assert_eq!(crc32c(&[0xFF; 32]), 0x62A8_AB43);
        assert_eq!(crc32c(b""), 0);
    }
}
