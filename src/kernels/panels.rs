//! A batch feature by feature, which is how the layers of a network hand it on.
//!
//! A matrix `[B, F]` is kept in panels of L rows each, `[⌈B / L⌉, F, L]`: a panel has one feature of L rows of the batch after
//! another. So a vector holds one feature of many rows, whatever F is, and what a layer writes lies as the next one reads it.
//! The last panel has places for rows that the batch lacks: there features are zero, and of δ all numbers are, so that what
//! comes in between, which is finite, reaches no sum.

/// L: a row alone is a panel of its own; else a panel has as many rows as one or two of the widest vectors have numbers. Two
/// keep the processor busier, one leaves fewer rows missing, which counts where there are few.
pub fn panel_rows(batch: usize) -> usize {
    match batch {
        1 => 1,
        0..=16 | 33..=48 => 16,
        _ => 32,
    }
}

/// How many rows the panels of a batch have in all, those included that it lacks. (No divisor is unknown to the compiler: a
/// division takes as long as a step of a table.)
pub fn padded(batch: usize) -> usize {
    match panel_rows(batch) {
        1 => batch,
        16 => batch.next_multiple_of(16),
        _ => batch.next_multiple_of(32),
    }
}

/// Writes rows `[B, features]` as panels; those that the batch lacks are zero.
pub fn to_panels(rows: &[f32], features: usize, panels: &mut [f32]) {
    let wide = panel_rows(rows.len() / features);
    for (rows, panel) in rows.chunks(wide * features).zip(panels.chunks_exact_mut(wide * features)) {
        if rows.len() < panel.len() {
            panel.fill(0.0);
        }
        transpose(rows, features, wide, panel);
    }
}

/// Writes panels of a batch as rows, those included that it lacks.
pub fn to_rows(panels: &[f32], batch: usize, features: usize, rows: &mut [f32]) {
    let wide = panel_rows(batch);
    for (panel, rows) in panels.chunks_exact(wide * features).zip(rows.chunks_exact_mut(wide * features)) {
        transpose(panel, wide, features, rows);
    }
}

/// Writes at most `stride` columns `[columns, k]` as the first numbers of `k` rows `[k, stride]`: four columns at a time, which
/// share the work on addresses.
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
    fn a_panel_has_one_feature_after_another() {
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
