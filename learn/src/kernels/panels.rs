//! The layout of batches between the layers of a network.
//!
//! A matrix `[B, F]` is stored in panels of L rows each, `[⌈B / L⌉, F, L]`: a panel has the first feature of its L rows, then the
//! second, and so on. So a SIMD vector holds one feature of several rows, whatever F is, and the next layer reads the layout that a
//! layer writes. The last panel is padded to L rows. The features and the δ of padding rows are zero. What a layer computes from them
//! in between is finite, so padding rows add nothing to a gradient.

/// L, the rows of a panel: 1 for a batch of one row, else as many as one or two of the widest vectors hold. Two vectors keep the
/// processor busier; one needs less padding, which matters for small batches.
pub fn panel_rows(batch: usize) -> usize {
    match batch {
        1 => 1,
        0..=16 | 33..=48 => 16,
        _ => 32,
    }
}

/// The rows of a batch with its padding. (The compiler knows each divisor: a division would take as long as one step of a tabular
/// agent.)
pub fn padded(batch: usize) -> usize {
    match panel_rows(batch) {
        1 => batch,
        16 => batch.next_multiple_of(16),
        _ => batch.next_multiple_of(32),
    }
}

/// Copies rows `[B, features]` into panels. Padding rows are zero.
pub fn to_panels(rows: &[f32], features: usize, panels: &mut [f32]) {
    let wide = panel_rows(rows.len() / features);
    for (rows, panel) in rows.chunks(wide * features).zip(panels.chunks_exact_mut(wide * features)) {
        if rows.len() < panel.len() {
            panel.fill(0.0);
        }
        transpose(rows, features, wide, panel);
    }
}

/// Copies the panels of a batch into rows, including padding rows.
pub fn to_rows(panels: &[f32], batch: usize, features: usize, rows: &mut [f32]) {
    let wide = panel_rows(batch);
    for (panel, rows) in panels.chunks_exact(wide * features).zip(rows.chunks_exact_mut(wide * features)) {
        transpose(panel, wide, features, rows);
    }
}

/// Transposes at most `stride` columns `[columns, k]` into the first numbers of `k` rows `[k, stride]`. Four columns at a time share
/// the address arithmetic.
#[inline(always)]
pub fn transpose(columns: &[f32], k: usize, stride: usize, rows: &mut [f32]) {
    if (k, stride) == (columns.len(), 1) {
        return rows.copy_from_slice(columns);
    }
    let fours = columns.chunks_exact(4 * k);
    let ones = fours.remainder().chunks_exact(k);
    let first_one = columns.len() / k / 4 * 4;
    for (j, four) in fours.enumerate() {
        let ((w, x), (y, z)) = (four[..2 * k].split_at(k), four[2 * k..].split_at(k));
        let (quads, rest) = rows[..k * stride].split_at_mut(k / 4 * 4 * stride);
        for (q, rows) in quads.chunks_exact_mut(4 * stride).enumerate() {
            for p in 0..4 {
                let at = 4 * q + p;
                rows[p * stride + 4 * j..][..4].copy_from_slice(&[w[at], x[at], y[at], z[at]]);
            }
        }
        for (at, row) in (k / 4 * 4..k).zip(rest.chunks_exact_mut(stride)) {
            row[4 * j..][..4].copy_from_slice(&[w[at], x[at], y[at], z[at]]);
        }
    }
    for (j, column) in ones.enumerate() {
        let places = rows[first_one + j..].iter_mut().step_by(stride);
        places.zip(column).for_each(|(to, from)| *to = *from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_has_one_feature_of_its_rows_after_another() {
        let mut panel = [7.0; 32];
        to_panels(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2, &mut panel);
        assert_eq!((&panel[..4], &panel[16..20]), (&[1.0, 3.0, 5.0, 0.0][..], &[2.0, 4.0, 6.0, 0.0][..]));
    }

    #[test]
    fn rows_of_all_small_sizes_come_back() {
        for (batch, features) in (1..70).flat_map(|batch| (1..12).map(move |features| (batch, features))) {
            let rows: Vec<f32> = (0..batch * features).map(|i| i as f32).collect();
            let mut panels = vec![-1.0; padded(batch) * features];
            to_panels(&rows, features, &mut panels);
            let mut back = vec![-1.0; panels.len()];
            to_rows(&panels, batch, features, &mut back);
            assert_eq!(back[..rows.len()], rows);
            assert!(back[rows.len()..].iter().all(|&missing| missing == 0.0));
        }
    }
}
