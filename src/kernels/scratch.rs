//! Buffers that are kept from one piece of work to the next.

/// Numbers that begin where a line of the cache does: of vectors as wide as a line none lies in two, which would double the
/// time of reading it.
///
/// It grows where it has to and never shrinks. What is in it is left over from earlier, and in disorder once it grew.
#[derive(Debug, Default)]
pub struct Scratch<T = f32> {
    numbers: Vec<T>,
}

/// Bytes of a line of the cache, and of the widest vectors.
const CACHE_LINE: usize = 64;

impl<T: Copy + Default> Scratch<T> {
    /// The first `count` numbers, of which there may not be so many yet.
    #[inline(always)]
    pub fn make(&mut self, count: usize) -> &mut [T] {
        let most = count + CACHE_LINE / size_of::<T>();
        if self.numbers.len() < most {
            self.numbers.resize(most, T::default());
        }
        let start = self.start();
        &mut self.numbers[start..start + count]
    }

    /// The first `count` numbers of those that were made before.
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
    fn numbers_begin_with_a_line_and_stay_while_there_is_room() {
        let mut scratch = Scratch::default();
        for count in [1, 3, 1000, 70] {
            scratch.make(count).fill(count as f32);
            assert_eq!(scratch.first(count).as_ptr() as usize % CACHE_LINE, 0);
            assert_eq!(scratch.make(count), vec![count as f32; count]);
        }
        assert_eq!(scratch.first(1000)[70], 1000.0);
    }
}
