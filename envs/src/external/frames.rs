//! The frames on the pipes of a process: their length in four bytes, a byte that says what they are, then their content.

/// Numbers are little-endian.
pub(super) const RESET: u8 = 1;
pub(super) const STEP: u8 = 2;

/// What a process answers.
pub(super) const DESCRIPTION: u8 = 1;
pub(super) const RESULT: u8 = 2;
pub(super) const FAILURE: u8 = 3;
pub(super) const REFUSAL: u8 = 4;

/// The bytes before the content: the length of what follows it, and the kind.
pub(super) const HEAD: usize = 5;

/// The largest frame. A longer one is most likely something that the program printed.
pub(super) const LARGEST: u32 = 1 << 27;

/// The state of NumPy's PCG64: [`Rng::numpy_state`](crate::Rng::numpy_state), and then the half that is kept for the next 32-bit
/// draw, with bit 32 set, or 0 where there is none.
pub(super) type Generator = [u64; 5];

/// A frame that is being written, into a buffer that is used again.
pub(super) struct Frame<'a>(&'a mut Vec<u8>);

impl<'a> Frame<'a> {
    pub(super) fn new(buffer: &'a mut Vec<u8>, kind: u8) -> Frame<'a> {
        buffer.clear();
        buffer.extend([0, 0, 0, 0, kind]);
        Frame(buffer)
    }

    pub(super) fn u32(&mut self, number: u32) {
        self.0.extend(number.to_le_bytes());
    }

    pub(super) fn u64(&mut self, number: u64) {
        self.0.extend(number.to_le_bytes());
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
    }

    /// The whole frame.
    pub(super) fn finish(self) -> &'a [u8] {
        let length = u32::try_from(self.0.len() - 4).expect("a request is short");
        self.0[..4].copy_from_slice(&length.to_le_bytes());
        self.0
    }
}

/// The content of a reply, read from the front. Every method is `None` where it is too short.
pub(super) struct Content<'a>(pub(super) &'a [u8]);

impl<'a> Content<'a> {
    pub(super) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn f64(&mut self) -> Option<f64> {
        self.array().map(f64::from_le_bytes)
    }

    pub(super) fn generator(&mut self) -> Option<Generator> {
        let mut numbers = Generator::default();
        for number in &mut numbers {
            *number = u64::from_le_bytes(self.array()?);
        }
        Some(numbers)
    }

    /// Components in bytes each, or as `f32`.
    pub(super) fn observation(&mut self, in_bytes: bool, observation: &mut [f32]) -> Option<()> {
        if in_bytes {
            let bytes = self.bytes(observation.len())?;
            observation.iter_mut().zip(bytes).for_each(|(component, &byte)| *component = f32::from(byte));
        } else {
            let (numbers, _) = self.bytes(4 * observation.len())?.as_chunks::<4>();
            let components = observation.iter_mut().zip(numbers);
            components.for_each(|(component, &number)| *component = f32::from_le_bytes(number));
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_its_length_its_kind_and_its_content() {
        let mut buffer = vec![9; 20];
        let mut frame = Frame::new(&mut buffer, STEP);
        frame.u32(7);
        frame.u64(1 << 40);
        assert_eq!(frame.finish(), [13, 0, 0, 0, 2, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn observations_come_in_bytes_or_as_f32() {
        let mut observation = [0.0; 2];
        let numbers: Vec<u8> = [1.5f32, -0.0].into_iter().flat_map(f32::to_le_bytes).collect();
        let mut content = Content(&numbers);
        assert_eq!(
            (content.observation(false, &mut observation), observation.map(f32::to_bits)),
            (Some(()), [1.5f32, -0.0].map(f32::to_bits))
        );
        assert_eq!(content.observation(false, &mut observation), None, "nothing is left");
        assert_eq!((Content(&[3, 255]).observation(true, &mut observation), observation), (Some(()), [3.0, 255.0]));
    }
}
