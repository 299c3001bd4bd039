//! The exact model of blackjack without rules for naturals.

use super::game::{ACTIONS, HIT};
use super::hand::{DECK, Hand, MOST};
use crate::{Outcome, TransitionModel};

/// What an observation shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    sum: usize,
    open_card: usize,
    usable_ace: bool,
}

/// The sums without a usable ace, of which those above 21 are terminal, and with one.
const HARD: std::ops::RangeInclusive<usize> = 4..=31;
const SOFT: std::ops::RangeInclusive<usize> = 12..=21;

impl Seen {
    fn all() -> Vec<Seen> {
        let of_card = |open_card: usize| {
            let hard = HARD.map(move |sum| Seen { sum, open_card, usable_ace: false });
            hard.chain(SOFT.map(move |sum| Seen { sum, open_card, usable_ace: true }))
        };
        (1..=10).flat_map(of_card).collect()
    }

    fn of(player: Hand, open_card: usize) -> Seen {
        Seen { sum: player.sum(), open_card, usable_ace: player.has_usable_ace() }
    }

    /// Its number in [`Seen::all`].
    fn number(self) -> usize {
        let of_card = HARD.count() + SOFT.count();
        let place = if self.usable_ace { HARD.count() + self.sum - SOFT.start() } else { self.sum - HARD.start() };
        (self.open_card - 1) * of_card + place
    }

    /// A hand that looks so. Other hands that look so have the same future.
    fn hand(self) -> Hand {
        let hard = if self.usable_ace { self.sum - 10 } else { self.sum };
        Hand { hard, has_ace: self.usable_ace, cards: 2 }
    }
}

/// The model; its states are what can be seen.
pub(super) fn model() -> TransitionModel {
    let states = Seen::all();
    let observations = states
        .iter()
        .map(|seen| vec![seen.sum as f32, seen.open_card as f32, f32::from(u8::from(seen.usable_ace))])
        .collect();
    let dealers: Vec<[f64; MOST + 1]> = (1..=10).map(dealer_scores).collect();
    TransitionModel::new(ACTIONS.len(), observations, start(states.len()), |state, action| {
        let seen = states[state];
        match action {
            _ if seen.sum > MOST => Vec::new(),
            HIT => hit(seen),
            _ => stick(seen, &dealers[seen.open_card - 1]),
        }
    })
}

/// The start distribution: two cards of the player, and one of the dealer.
fn start(states: usize) -> Vec<(usize, f64)> {
    let mut chances = vec![0.0; states];
    let chance = 1.0 / (DECK.len() as f64).powi(3);
    for open_card in DECK {
        for (first, second) in DECK.into_iter().flat_map(|first| DECK.map(|second| (first, second))) {
            chances[Seen::of(Hand::default().with(first).with(second), open_card).number()] += chance;
        }
    }
    chances.into_iter().enumerate().filter(|&(_, chance)| chance > 0.0).collect()
}

fn hit(seen: Seen) -> Vec<Outcome> {
    let outcome = |card: usize| {
        let player = seen.hand().with(card);
        let terminated = player.is_bust();
        Outcome {
            probability: DECK.iter().filter(|&&other| other == card).count() as f64 / DECK.len() as f64,
            next: Seen::of(player, seen.open_card).number(),
            reward: if terminated { -1.0 } else { 0.0 },
            terminated,
        }
    };
    (1..=10).map(outcome).collect()
}

/// Win, draw and loss, given the probability of each score of the dealer.
fn stick(seen: Seen, dealer: &[f64; MOST + 1]) -> Vec<Outcome> {
    let chances = [(1.0, 0..seen.sum), (0.0, seen.sum..seen.sum + 1), (-1.0, seen.sum + 1..MOST + 1)];
    let outcome = |(reward, scores): (f64, std::ops::Range<usize>)| Outcome {
        probability: dealer[scores].iter().sum(),
        next: seen.number(),
        reward,
        terminated: true,
    };
    chances.map(outcome).into_iter().filter(|outcome| outcome.probability > 0.0).collect()
}

/// The probability of each score that the dealer may reach from an open card, the score being 0 above 21.
fn dealer_scores(open_card: usize) -> [f64; MOST + 1] {
    fn play(dealer: Hand, chance: f64, scores: &mut [f64; MOST + 1]) {
        if dealer.cards > 1 && !dealer.dealer_draws() {
            scores[dealer.score()] += chance;
            return;
        }
        for card in 1..10 {
            play(dealer.with(card), chance / 13.0, scores);
        }
        play(dealer.with(10), chance * 4.0 / 13.0, scores);
    }
    let mut scores = [0.0; MOST + 1];
    play(Hand::default().with(open_card), 1.0, &mut scores);
    scores
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{start_value, value_iteration};

    #[test]
    fn every_state_has_its_number() {
        for (number, seen) in Seen::all().into_iter().enumerate() {
            assert_eq!(seen.number(), number);
            assert_eq!(Seen::of(seen.hand(), seen.open_card), seen);
        }
    }

    /// Sutton & Barto 2018, figure 5.2: the smallest sum with which the best policy sticks, for the dealer's ace, 2, 3, …, 10.
    #[test]
    fn the_best_policy_is_that_of_the_book() {
        let model = model();
        let best = value_iteration(&model, 1.0).unwrap();
        let sticks = |sum: usize, open_card: usize, usable_ace: bool| {
            let values = best.of(Seen { sum, open_card, usable_ace }.number());
            values[0] > values[1]
        };
        for (usable_ace, least) in
            [(false, [17, 13, 13, 12, 12, 12, 17, 17, 17, 17]), (true, [19, 18, 18, 18, 18, 18, 18, 18, 19, 19])]
        {
            for (open_card, least) in (1..).zip(least) {
                for sum in 12..=21 {
                    assert_eq!(
                        sticks(sum, open_card, usable_ace),
                        sum >= least,
                        "{sum} against {open_card}, usable ace: {usable_ace}"
                    );
                }
            }
        }
        // From an independent solution in exact fractions.
        assert!((start_value(&model, &best.state_values()) - -0.04655597706669755).abs() < 1e-12);
    }

    /// The dealer's chance to exceed 21 by the open card, from tables for an infinite deck and a dealer who stands on 17 with an ace
    /// too.
    #[test]
    fn the_dealers_scores_are_those_of_published_tables() {
        let bust = |open_card: usize| dealer_scores(open_card)[0];
        let published = [0.1153, 0.3536, 0.3739, 0.3945, 0.4164, 0.4232, 0.2623, 0.2447, 0.2284, 0.2121];
        for open_card in 1..=10 {
            assert!((dealer_scores(open_card).iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        for (open_card, expected) in (1..).zip(published) {
            assert!((bust(open_card) - expected).abs() < 5e-5, "{open_card}: {}", bust(open_card));
        }
    }
}
