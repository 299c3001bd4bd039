//! Buffers that are reused, so that the loop of a run does not allocate.

/// A buffer that is aligned to cache lines, so that a vector as wide as a line never spans two lines, which would double the time of
/// reading it.
///
/// It grows when needed and never shrinks. Its content is undefined: left over from earlier use, and moved when the buffer grows.
#[derive(Debug, Default)]
pub struct Scratch<T = f32> {
    numbers: Vec<T>,
}

/// Bytes of a cache line, and of the widest vectors.
const CACHE_LINE: usize = 64;

impl<T: Copy + Default> Scratch<T> {
    /// The first `count` numbers. The buffer grows if it has fewer.
    #[inline(always)]
    pub fn make(&mut self, count: usize) -> &mut [T] {
        let most = count + CACHE_LINE / size_of::<T>();
        if self.numbers.len() < most {
            self.numbers.resize(most, T::default());
        }
        let start = self.start();
        &mut self.numbers[start..start + count]
    }

    /// The first `count` numbers. The buffer must have that many.
    #[inline(always)]
    pub fn first(&self, count: usize) -> &[T] {
        let start = self.start();
        &self.numbers[start..start + count]
    }

    fn start(&self) -> usize {
        self.numbers.as_ptr().align_offset(CACHE_LINE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_aligned_and_stay_until_the_buffer_grows() {
        let mut scratch = Scratch::default();
        for count in [1, 3, 1000, 70] {
            scratch.make(count).fill(count as f32);
            assert_eq!(scratch.first(count).as_ptr() as usize % CACHE_LINE, 0);
            assert_eq!(scratch.make(count), vec![count as f32; count]);
        }
        assert_eq!(scratch.first(1000)[70], 1000.0);
    }
}
