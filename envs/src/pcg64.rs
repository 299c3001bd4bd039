//! PCG64: the generator below NumPy's streams, with its state in the open.

use serde::{Deserialize, Serialize};

/// The multiplier of the 128-bit congruential generator.
const MULTIPLIER: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645;

/// A 128-bit linear congruential generator with the output function XSL-RR (O'Neill 2014, section 6.3). NumPy calls it `PCG64`.
///
/// It is written out here because the state of a stream must be handed to NumPy and taken back from it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pcg64 {
    pub(crate) state: u128,
    /// Odd; it selects the stream.
    pub(crate) increment: u128,
}

impl Pcg64 {
    /// The generator that starts from these two numbers. The upper bit of `stream` is not used.
    pub(crate) fn new(state: u128, stream: u128) -> Pcg64 {
        let increment = stream << 1 | 1;
        let mut pcg = Pcg64 { state: state.wrapping_add(increment), increment };
        pcg.step();
        pcg
    }

    /// The next 64 bits.
    #[inline]
    pub(crate) fn next(&mut self) -> u64 {
        self.step();
        self.output()
    }

    /// The 64 bits that the state stands for: those that the latest call of [`Pcg64::next`] returned.
    #[inline]
    pub(crate) fn output(&self) -> u64 {
        let halves = (self.state >> 64) as u64 ^ self.state as u64;
        halves.rotate_right((self.state >> 122) as u32)
    }

    #[inline]
    fn step(&mut self) {
        self.state = self.state.wrapping_mul(MULTIPLIER).wrapping_add(self.increment);
    }
}
