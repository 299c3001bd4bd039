//! The colours of numbers.

/// Which colours stand for numbers. Equal steps look equally large, also with a colour vision deficiency, and the lightness alone
/// tells two numbers apart as far as the scale is sequential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColourScale {
    /// From dark blue for the lowest number to yellow for the highest: "viridis" of van der Walt & Smith 2015, Matplotlib's
    /// default. That readers with a colour vision deficiency can use it was measured by Nuñez, Anderton & Renslow 2018,
    /// "Optimizing colormaps with consideration for color vision deficiency".
    Sequential,
    /// From dark blue for negative numbers over near white for zero to dark red for positive ones: "vik" of Crameri 2018, from
    /// Crameri, Shephard & Heron 2020, "The misuse of colour in science communication". Both ends are equally far from zero.
    Diverging,
}

/// Equal steps on viridis.
const VIRIDIS: [u32; 17] = [
    0x44_01_54, 0x48_18_6a, 0x47_2d_7b, 0x42_40_86, 0x3b_52_8b, 0x33_63_8d, 0x2c_72_8e, 0x26_82_8e, 0x21_91_8c,
    0x1f_a0_88, 0x28_ae_80, 0x3f_bc_73, 0x5e_c9_62, 0x84_d4_4b, 0xad_dc_30, 0xd8_e2_19, 0xfd_e7_25,
];

/// Equal steps on vik.
const VIK: [u32; 17] = [
    0x00_12_61, 0x02_2b_71, 0x03_44_81, 0x0c_5e_92, 0x30_7d_a6, 0x61_9e_bd, 0x94_be_d2, 0xc6_db_e6, 0xec_e5_e0,
    0xe9_ca_b8, 0xdb_aa_8d, 0xcf_8c_66, 0xc2_70_41, 0xb2_51_1d, 0x91_2d_06, 0x73_14_06, 0x59_00_08,
];

/// How many colours a drawing has. The number is odd, so that zero has a colour of its own on a diverging scale.
pub(super) const LEVELS: usize = 65;

impl ColourScale {
    /// The colour of a share of the scale, from 0 for its low end to 1 for its high end, such as `#21918c`.
    pub fn colour(self, share: f64) -> String {
        let stops = match self {
            ColourScale::Sequential => &VIRIDIS,
            ColourScale::Diverging => &VIK,
        };
        let place = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 } * (stops.len() - 1) as f64;
        let stop = (place as usize).min(stops.len() - 2);
        let channel = |shift: u32| {
            let [from, to] = [stops[stop], stops[stop + 1]].map(|colour| f64::from((colour >> shift) & 0xff));
            (from + (place - stop as f64) * (to - from)).round() as u8
        };
        format!("#{:02x}{:02x}{:02x}", channel(16), channel(8), channel(0))
    }

    /// The ends of the scale for numbers: the lowest and the highest of them, or for a diverging scale the one that is farther
    /// from zero, with both signs. Non-finite numbers do not count.
    pub fn ends(self, values: impl Iterator<Item = f64>) -> (f64, f64) {
        let finite = values.filter(|value| value.is_finite());
        let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        match self {
            _ if low > high => (0.0, 1.0),
            ColourScale::Sequential => (low, high),
            ColourScale::Diverging => {
                let farthest = low.abs().max(high.abs());
                (-farthest, farthest)
            }
        }
    }

    /// The colour number of `value` between `ends`, from 0 to [`LEVELS`] − 1.
    pub(super) fn level(self, value: f64, (low, high): (f64, f64)) -> usize {
        let middle = if self == ColourScale::Diverging { 0.5 } else { 0.0 };
        let share = if high > low { (value - low) / (high - low) } else { middle };
        (share.clamp(0.0, 1.0) * (LEVELS - 1) as f64).round() as usize
    }

    /// The colour with this number.
    pub(super) fn of_level(self, level: usize) -> String {
        self.colour(level as f64 / (LEVELS - 1) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scales_have_the_colours_of_their_authors() {
        assert_eq!(
            [0.0, 0.5, 1.0].map(|share| ColourScale::Sequential.colour(share)),
            ["#440154", "#21918c", "#fde725"]
        );
        assert_eq!(
            [0.0, 0.5, 1.0].map(|share| ColourScale::Diverging.colour(share)),
            ["#001261", "#ece5e0", "#590008"]
        );
        // Half of the way from #440154 to #48186a.
        assert_eq!(ColourScale::Sequential.colour(1.0 / 32.0), "#460d5f");
        assert_eq!(ColourScale::Sequential.colour(f64::NAN), "#440154");
    }

    #[test]
    fn zero_is_the_middle_of_a_diverging_scale() {
        let ends = ColourScale::Diverging.ends([-1.0, 4.0, f64::NAN].into_iter());
        assert_eq!(ends, (-4.0, 4.0));
        let level = |value| ColourScale::Diverging.level(value, ends);
        assert_eq!([-4.0, -2.0, 0.0, 4.0, 9.0].map(level), [0, 16, 32, 64, 64]);
        assert_eq!(ColourScale::Diverging.of_level(32), "#ece5e0");
        assert_eq!(ColourScale::Diverging.level(0.0, (0.0, 0.0)), 32);
    }

    #[test]
    fn a_sequential_scale_runs_from_the_lowest_number_to_the_highest() {
        assert_eq!(ColourScale::Sequential.ends([3.0, f64::INFINITY, -1.0].into_iter()), (-1.0, 3.0));
        assert_eq!(ColourScale::Sequential.ends([].into_iter()), (0.0, 1.0));
        assert_eq!([-1.0, 1.0, 3.0].map(|value| ColourScale::Sequential.level(value, (-1.0, 3.0))), [0, 32, 64]);
    }
}
