//! Convolutions as products: the patches of a batch of images are the rows of a matrix that is never written down.

use pulp::{Simd, WithSimd};

use super::lhs::{Lhs, accumulate};
use super::row_major::{Strips, Sums};
use super::{Matrix, RowMajorProduct};
use crate::kernels::scratch::Scratch;
use crate::kernels::simd::widest;

/// A matrix of patches `[P, K]`, one for each place of a window on images that lie `[B, H, W, C]`.
///
/// The channels of the columns of one row of a window lie together: a patch is as many stretches as the window has rows.
#[derive(Clone, Copy, Debug)]
pub struct Patches<'a> {
    /// The images.
    pub images: &'a [f32],
    /// Where each patch starts, `[P]`.
    pub starts: &'a [usize],
    /// Stretches of a patch: the window's rows.
    pub stretches: usize,
    /// Numbers of a stretch: the window's columns times C.
    pub stretch: usize,
    /// From one stretch of a patch to the next: W · C.
    pub stride: usize,
}

impl Patches<'_> {
    /// P.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// K.
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
    /// The images from the first patch's stretch on.
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

/// C `[P, n]` ← patches `[P, K]` · B `[K, n]`, and what a layer makes of it: a convolution.
pub struct PatchProduct<'a> {
    /// The patches.
    pub patches: Patches<'a>,
    /// B, row by row: the filters.
    pub b: &'a [f32],
    /// C, row by row.
    pub c: &'a mut [f32],
    /// Columns of B and C.
    pub n: usize,
    /// Where the sums begin, and what becomes of them.
    pub sums: Sums<'a>,
    /// Scratch for B in another order.
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

/// C `[K, n]` ← patchesᵀ `[K, P]` · D `[P, n]`: of a convolution's δ the gradient of its filters.
pub struct PatchGradient<'a> {
    /// The patches.
    pub patches: Patches<'a>,
    /// D, row by row.
    pub d: &'a [f32],
    /// C, row by row.
    pub c: &'a mut [f32],
    /// Columns of C and D.
    pub n: usize,
    /// Scratch for D in another order.
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

/// images ← images + D `[P, n]` · Bᵀ `[n, K]`, each row of the product added where its patch lies: of a convolution's δ the
/// gradient of its images.
pub struct PatchScatter<'a> {
    /// Where patches lie.
    pub patches: Patches<'a>,
    /// D, row by row.
    pub d: &'a [f32],
    /// B `[K, n]`, row by row.
    pub b: &'a [f32],
    /// Columns of D and B.
    pub n: usize,
    /// What is added to: as long as the images.
    pub to: &'a mut [f32],
    /// Scratch for B in another order, and for some rows of the product.
    pub scratch: [&'a mut Scratch; 2],
}

/// How many numbers of a product are scattered at a time: they stay in the second cache.
const AT_A_TIME: usize = 1 << 16;

impl PatchScatter<'_> {
    /// Adds the product.
    ///
    /// # Panics
    /// If a slice is not as long as its matrix.
    pub fn compute(self) {
        let PatchScatter { patches, d, b, n, to, scratch: [strip, product] } = self;
        let k = patches.numbers();
        assert_eq!((d.len(), b.len(), to.len()), (patches.count() * n, k * n, patches.images.len()));
        let rows = (AT_A_TIME / k).max(1);
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
