//! The random stream against NumPy's: `golden/rng.txt`, written by `golden/make_rng.py`.

#![allow(clippy::unwrap_used)] // a test may panic

use rand::RngExt;
use tilde_envs::Rng;

fn hex(word: &str) -> u64 {
    u64::from_str_radix(word, 16).unwrap()
}

const NUMPY_STATES: [[u64; 4]; 3] = [
    [0xe500_c1d1_29ce_9183, 0xd973_b921_e554_efee, 0xaf6f_7b8c_936a_b4a4, 0x4f02_0b7b_2d10_234d],
    [0x22cb_e102_27ce_2abd, 0x3660_0fa9_9f2b_8273, 0xaf6f_7b8c_936a_b4a4, 0x4f02_0b7b_2d10_234d],
    [0xce14_abee_abb8_e5a8, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000, 0x0000_0000_0000_0000],
];

/// Seed, spawn key, and the twelve draws as bits.
fn parse(line: &str) -> (u64, Vec<u64>, Vec<u64>) {
    let words: Vec<&str> = line.split(' ').collect();
    let key = words[1].split(',').filter(|word| *word != "-").map(|word| word.parse().unwrap()).collect();
    (words[0].parse().unwrap(), key, words[2..].iter().map(|word| hex(word)).collect())
}

#[test]
fn every_stream_is_numpys_to_the_bit() {
    let golden = include_str!("golden/rng.txt").lines().skip(1);
    let mut streams = 0;
    for line in golden {
        let (seed, key, expected) = parse(line);
        let mut rng = Rng::from_seed_and_key(seed, &key);
        let mut drawn: Vec<u64> = (0..4).map(|_| rand::Rng::next_u64(&mut rng)).collect();
        drawn.extend((0..4).map(|_| rng.random().to_bits()));
        drawn.extend((0..4).map(|_| rng.uniform(-0.05, 0.05).to_bits()));
        assert_eq!(drawn, expected, "seed {seed}, key {key:?}");
        streams += 1;
    }
    assert_eq!(streams, 60);
}

#[test]
fn a_seed_alone_is_a_seed_with_an_empty_key() {
    assert_eq!(Rng::from_seed(7), Rng::from_seed_and_key(7, &[]));
    assert_ne!(Rng::from_seed(7), Rng::from_seed_and_key(7, &[0]));
}

#[test]
fn rands_own_draws_work_on_it() {
    let mut rng = Rng::from_seed(1);
    let draws: Vec<usize> = (0..1000).map(|_| rng.random_range(0..3)).collect();
    assert!((0..3).all(|value| draws.contains(&value)));
    assert!(draws.iter().all(|&draw| draw < 3));
}

#[test]
fn a_saved_stream_goes_on_exactly() {
    let mut rng = Rng::from_seed_and_key(u64::MAX, &[9]);
    rng.random();
    let json: Rng = serde_json::from_str(&serde_json::to_string(&rng).unwrap()).unwrap();
    let binary: Rng = postcard::from_bytes(&postcard::to_stdvec(&rng).unwrap()).unwrap();
    assert_eq!(json, rng);
    assert_eq!(binary, rng);
}

/// `numpy.random.default_rng(5).bit_generator.state["state"]`, at first and after one draw, and that draw: NumPy 2.4.
#[test]
fn the_state_is_numpys_and_a_stream_goes_on_from_it() {
    let mut rng = Rng::from_seed(5);
    let [first, second, draw] = NUMPY_STATES;
    assert_eq!(rng.numpy_state(), first);
    assert_eq!(rand::Rng::next_u64(&mut rng), draw[0]);
    assert_eq!((rng.numpy_state(), rng.last_output()), (second, draw[0]));
    assert_eq!(Rng::from_numpy_state(second), Some(rng));
    assert_eq!(Rng::from_numpy_state([0, 1, 0, 2]), None, "an increment is odd");
}
