//! Buffers that are kept from one piece of work to the next.

/// The first `count` numbers of a buffer, which grows where it has to and never shrinks. What they are is left over from
/// earlier.
#[inline(always)]
pub fn with_room<T: Copy + Default>(buffer: &mut Vec<T>, count: usize) -> &mut [T] {
    if buffer.len() < count {
        buffer.resize(count, T::default());
    }
    &mut buffer[..count]
}
