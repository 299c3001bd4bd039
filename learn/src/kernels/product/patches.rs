//! Convolutions as products. The patches of a batch of images are the rows of a matrix that is never written to memory.

use pulp::{Simd, WithSimd};

use super::lhs::{Lhs, accumulate};
use super::row_major::{Strips, Sums};
use super::{Matrix, RowMajorProduct};
use crate::kernels::scratch::Scratch;
use crate::kernels::simd::widest;

/// A matrix of patches `[P, K]`, one for each position of a window on images `[B, H, W, C]`.
///
/// All numbers of one row of a window are contiguous in the image. So a patch consists of as many contiguous stretches as the window
/// has rows.
#[derive(Clone, Copy, Debug)]
pub struct Patches<'a> {
    /// The images.
    pub images: &'a [f32],
    /// The index of the first number of each patch, `[P]`.
    pub starts: &'a [usize],
    /// Stretches of a patch: rows of the window.
    pub stretches: usize,
    /// Numbers of a stretch: columns of the window times C.
    pub stretch: usize,
    /// Distance from one stretch of a patch to the next: W · C.
    pub stride: usize,
}

impl Patches<'_> {
    /// The number of patches, P.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The numbers of a patch, K.
    pub fn numbers(&self) -> usize {
        self.stretches * self.stretch
    }
}

impl Lhs for Patches<'_> {
    #[inline(always)]
    fn times<S: Simd, const R: usize, const V: usize, const PARTS: usize>(
        self,
        simd: S,
        row: usize,
        b: &[[[S::f32s; V]; PARTS]],
        part: usize,
        sums: &mut [[S::f32s; V]; R],
    ) {
        let starts: &[usize; R] = self.starts[row..].first_chunk().expect("R patches are left");
        for (q, b) in b.chunks_exact(self.stretch).enumerate() {
            let mut rows = [&self.images[..0]; R];
            for r in 0..R {
                rows[r] = &self.images[starts[r] + q * self.stride..][..b.len()];
            }
            for (p, b) in b.iter().enumerate() {
                let mut column = [0.0; R];
                for r in 0..R {
                    column[r] = rows[r][p];
                }
                accumulate(simd, sums, &b[part], &column);
            }
        }
    }
}

/// One stretch of each patch, transposed: `[stretch, P]`.
#[derive(Clone, Copy)]
struct Transposed<'a> {
    /// The images, from this stretch of the first patch on.
    images: &'a [f32],
    starts: &'a [usize],
}

impl Lhs for Transposed<'_> {
    #[inline(always)]
    fn times<S: Simd, const R: usize, const V: usize, const PARTS: usize>(
        self,
        simd: S,
        row: usize,
        b: &[[[S::f32s; V]; PARTS]],
        part: usize,
        sums: &mut [[S::f32s; V]; R],
    ) {
        for (b, start) in b.iter().zip(self.starts) {
            accumulate(simd, sums, &b[part], self.images[start + row..].first_chunk().expect("R numbers are left"));
        }
    }
}

/// C `[P, n]` ← patches `[P, K]` · B `[K, n]`, with bias and rectifier of a layer: a convolution.
pub struct PatchProduct<'a> {
    /// The patches.
    pub patches: Patches<'a>,
    /// B, row-major: the filters.
    pub b: &'a [f32],
    /// C, row-major.
    pub c: &'a mut [f32],
    /// Columns of B and C.
    pub n: usize,
    /// What is added to the product and applied to it.
    pub sums: Sums<'a>,
    /// Scratch for repacked B.
    pub scratch: &'a mut Scratch,
}

impl PatchProduct<'_> {
    /// Computes C.
    ///
    /// # Panics
    /// If a slice is not as long as its matrix.
    pub fn compute(self) {
        let lengths = (self.b.len(), self.c.len());
        assert_eq!(lengths, (self.patches.numbers() * self.n, self.patches.count() * self.n));
        assert!(self.sums.bias.is_none_or(|bias| bias.len() == self.n), "a bias for each column");
        widest(self);
    }
}

impl WithSimd for PatchProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let PatchProduct { patches, b, c, n, sums, scratch } = self;
        let (m, k) = (patches.count(), patches.numbers());
        Strips { b: Matrix::Rows(b), c, m, n, k, sums }.compute(simd, patches, scratch);
    }
}

/// C `[K, n]` ← patchesᵀ `[K, P]` · D `[P, n]`. With D the δ of a convolution, this is the gradient of its filters.
pub struct PatchGradient<'a> {
    /// The patches.
    pub patches: Patches<'a>,
    /// D, row-major.
    pub d: &'a [f32],
    /// C, row-major.
    pub c: &'a mut [f32],
    /// Columns of C and D.
    pub n: usize,
    /// Scratch for repacked D.
    pub scratch: &'a mut Scratch,
}

impl PatchGradient<'_> {
    /// Computes C.
    ///
    /// # Panics
    /// If a slice is not as long as its matrix.
    pub fn compute(self) {
        let lengths = (self.d.len(), self.c.len());
        assert_eq!(lengths, (self.patches.count() * self.n, self.patches.numbers() * self.n));
        widest(self);
    }
}

impl WithSimd for PatchGradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let PatchGradient { patches, d, c, n, scratch } = self;
        let Patches { images, starts, stretch, stride, .. } = patches;
        for (q, c) in c.chunks_exact_mut(stretch * n).enumerate() {
            let a = Transposed { images: &images[q * stride..], starts };
            let (m, k, sums) = (stretch, starts.len(), Sums::default());
            Strips { b: Matrix::Rows(d), c, m, n, k, sums }.compute(simd, a, scratch);
        }
    }
}

/// images ← images + D `[P, n]` · Bᵀ `[n, K]`, with each row of the product added at its patch. With D the δ of a convolution, this is
/// the gradient of its images.
pub struct PatchScatter<'a> {
    /// The patches.
    pub patches: Patches<'a>,
    /// D, row-major.
    pub d: &'a [f32],
    /// B `[K, n]`, row-major.
    pub b: &'a [f32],
    /// Columns of D and B.
    pub n: usize,
    /// The result, as long as the images.
    pub to: &'a mut [f32],
    /// Scratch for repacked B, and for some rows of the product.
    pub scratch: [&'a mut Scratch; 2],
}

/// How many numbers of the product are computed and scattered at a time, so that they stay in the L2 cache.
const MAX_SCATTERED: usize = 1 << 16;

impl PatchScatter<'_> {
    /// Adds the product.
    ///
    /// # Panics
    /// If a slice is not as long as its matrix.
    pub fn compute(self) {
        let PatchScatter { patches, d, b, n, to, scratch: [strip, product] } = self;
        let k = patches.numbers();
        assert_eq!((d.len(), b.len(), to.len()), (patches.count() * n, k * n, patches.images.len()));
        let rows = (MAX_SCATTERED / k).max(1);
        for (starts, d) in patches.starts.chunks(rows).zip(d.chunks(rows * n)) {
            let (m, c) = (starts.len(), product.make(starts.len() * k));
            let (a, b, sums) = (Matrix::Rows(d), Matrix::Columns(b), Sums::default());
            RowMajorProduct { a, b, c: &mut *c, m, n: k, k: n, sums, scratch: &mut *strip }.compute();
            widest(Scatter { patches: Patches { starts, ..patches }, rows: c, to: &mut *to });
        }
    }
}

struct Scatter<'a> {
    patches: Patches<'a>,
    rows: &'a [f32],
    to: &'a mut [f32],
}

impl WithSimd for Scatter<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let Patches { starts, stretch, stride, .. } = self.patches;
        for (start, row) in starts.iter().zip(self.rows.chunks_exact(self.patches.numbers())) {
            for (q, from) in row.chunks_exact(stretch).enumerate() {
                let to = &mut self.to[start + q * stride..][..stretch];
                to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
            }
        }
    }
}
