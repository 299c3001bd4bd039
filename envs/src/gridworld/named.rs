//! The named maps.

/// A map that a config file can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedMap {
    /// Its name.
    pub name: &'static str,
    /// Its rows, top to bottom.
    pub rows: &'static [&'static str],
    /// The default time limit, in steps.
    pub time_limit: u32,
}

/// Every named map.
pub fn named_maps() -> &'static [NamedMap] {
    MAPS
}

const MAPS: &[NamedMap] = &[
    // Gymnasium's FrozenLake-v1 and FrozenLake8x8-v1, with their time limits.
    NamedMap { name: "4x4", rows: &["SFFF", "FHFH", "FFFH", "HFFG"], time_limit: 100 },
    NamedMap {
        name: "8x8",
        rows: &["SFFFFFFF", "FFFFFFFF", "FFFHFFFF", "FFFFFHFF", "FFFHFFFF", "FHHFFFHF", "FHFFHFHF", "FFFHFFFG"],
        time_limit: 200,
    },
    // Sutton & Barto 2018, example 6.6; the shortest way is 13 steps, the safest 17.
    NamedMap {
        name: "cliff",
        rows: &["............", "............", "............", "SHHHHHHHHHHG"],
        time_limit: 200,
    },
    // Walls only; the shortest way is 24 steps.
    NamedMap {
        name: "maze",
        rows: &[
            "S.#.......",
            "..#.####.#",
            "#.#.#..#..",
            "#...#..##.",
            ".####...#.",
            ".#...##.#.",
            ".#.#..#...",
            "...##.###.",
            ".#..#...#.",
            ".##...#..G",
        ],
        time_limit: 400,
    },
];
