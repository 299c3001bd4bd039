//! A network in a few words, for the table of `tilde check`.

use crate::approx::Shape;

/// How much of a network is told, from all widths to few of them: tables have little space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detail {
    /// How many of the first widths.
    pub first: usize,
    /// How many of the last widths.
    pub last: usize,
    /// Whether the number of hidden layers is told where widths are left out.
    pub counts_hidden: bool,
}

impl Detail {
    /// Every level, from the most detailed one.
    pub const ALL: [Detail; 5] = [
        Detail { first: usize::MAX, last: 0, counts_hidden: false },
        Detail { first: 3, last: 2, counts_hidden: true },
        Detail { first: 2, last: 2, counts_hidden: true },
        Detail { first: 1, last: 1, counts_hidden: true },
        Detail { first: 1, last: 1, counts_hidden: false },
    ];

    /// The widths of a network from the features to the outputs, such as `4-64-64-2`, or with this much of them, if
    /// that is shorter: `4-…-2`.
    pub fn widths(self, shape: &Shape) -> String {
        let Detail { first, last, counts_hidden } = self;
        let joined = |widths: &[usize]| widths.iter().map(usize::to_string).collect::<Vec<_>>().join("-");
        let (all, count) = (shape.to_string(), shape.widths.len());
        if first >= count || last >= count - first {
            return all;
        }
        let (start, end) = (joined(&shape.widths[..first]), joined(&shape.widths[count - last..]));
        let hidden = if counts_hidden { format!(" ({} hidden)", count - 2) } else { String::new() };
        let short = format!("{start}-…-{end}{hidden}");
        if short.chars().count() < all.len() { short } else { all }
    }
}
