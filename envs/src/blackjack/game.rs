//! A game of blackjack.

use super::BlackjackConfig;
use super::hand::{DECK, Hand, MOST};
use super::model::model;
use crate::numpy_integers::Integers;
use crate::{Ending, Env, Rng, Space, StateError, Step, TransitionModel, saved_state};

pub(super) const STICK: usize = 0;
pub(super) const HIT: usize = 1;
pub(super) const ACTIONS: [&str; 2] = ["stick", "hit"];

/// The most that a hand can have: 21 and a ten, of 31 cards at most.
const LARGEST: usize = MOST + 10;

/// The game, with every draw of Gymnasium's. A reset draws two cards for the dealer, two for the player, and the suit of the open
/// card, and if that is worth ten, whether it is a jack, a queen or a king, which nothing here depends on.
///
/// Saved state: the dealer's open card; the dealer's hand and the player's, each as the sum with aces as 1, 1 with an ace, and the
/// number of cards; 1 while an episode is running, else 0; then the half of a draw that is left ([`Integers`]).
pub(super) struct Blackjack {
    rules: BlackjackConfig,
    open_card: usize,
    dealer: Hand,
    player: Hand,
    running: bool,
    integers: Integers,
    space: Space,
}

impl Blackjack {
    pub(super) fn new(rules: BlackjackConfig) -> Self {
        Blackjack {
            rules,
            open_card: 0,
            dealer: Hand::default(),
            player: Hand::default(),
            running: false,
            integers: Integers::default(),
            space: Space::MultiDiscrete { sizes: vec![LARGEST + 1, 11, 2] },
        }
    }

    fn card(&mut self, rng: &mut Rng) -> usize {
        DECK[self.integers.draw(DECK.len() as u32, rng) as usize]
    }

    fn show(&self, observation: &mut [f32]) {
        let shown = [self.player.sum(), self.open_card, usize::from(self.player.has_usable_ace())];
        observation.copy_from_slice(&shown.map(|number| number as f32));
    }

    fn hit(&mut self, rng: &mut Rng) -> Step {
        self.player = self.player.with(self.card(rng));
        match self.player.is_bust() {
            true => Step { reward: -1.0, ending: Ending::Terminated },
            false => Step { reward: 0.0, ending: Ending::Continues },
        }
    }

    fn stick(&mut self, rng: &mut Rng) -> Step {
        while self.dealer.dealer_draws() {
            self.dealer = self.dealer.with(self.card(rng));
        }
        Step { reward: reward(&self.rules, self.player, self.dealer), ending: Ending::Terminated }
    }
}

/// The reward at the end of a game in which the player has stuck.
fn reward(rules: &BlackjackConfig, player: Hand, dealer: Hand) -> f32 {
    if rules.sab && player.is_natural() && !dealer.is_natural() {
        return 1.0;
    }
    match player.score().cmp(&dealer.score()) {
        std::cmp::Ordering::Less => -1.0,
        std::cmp::Ordering::Equal => 0.0,
        std::cmp::Ordering::Greater if rules.natural && !rules.sab && player.is_natural() => 1.5,
        std::cmp::Ordering::Greater => 1.0,
    }
}

impl Env for Blackjack {
    fn observation_space(&self) -> &Space {
        &self.space
    }

    fn actions(&self) -> usize {
        ACTIONS.len()
    }

    fn reset(&mut self, rng: &mut Rng, observation: &mut [f32]) {
        self.integers.resume(rng);
        self.open_card = self.card(rng);
        self.dealer = Hand::default().with(self.open_card).with(self.card(rng));
        self.player = Hand::default().with(self.card(rng)).with(self.card(rng));
        let _suit = self.integers.draw(4, rng);
        if self.open_card == 10 {
            let _jack_queen_or_king = self.integers.draw(3, rng);
        }
        self.integers.pause(rng);
        self.running = true;
        self.show(observation);
    }

    fn step(&mut self, action: usize, rng: &mut Rng, observation: &mut [f32]) -> Step {
        assert!(self.running, "no episode is running: reset the environment before the next step");
        self.integers.resume(rng);
        let step = match action {
            STICK => self.stick(rng),
            HIT => self.hit(rng),
            _ => panic!("blackjack has actions 0 and 1"),
        };
        self.integers.pause(rng);
        self.running = !step.ending.is_over();
        self.show(observation);
        step
    }

    fn is_running(&self) -> bool {
        self.running
    }

    fn state(&self) -> Vec<f64> {
        let hand = |hand: Hand| [hand.hard as f64, f64::from(hand.has_ace), hand.cards as f64];
        let mut state = vec![self.open_card as f64];
        state.extend([hand(self.dealer), hand(self.player)].concat());
        state.push(f64::from(self.running));
        state.extend(self.integers.state());
        state
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), StateError> {
        let [open_card, dealer @ .., running, a, b, c]: [f64; 8 + Integers::STATE] =
            saved_state::of_length(state, "blackjack")?;
        let [dealer_hard, dealer_ace, dealer_cards, hard, ace, cards] = dealer;
        let hand = |[hard, ace, cards]: [f64; 3]| -> Result<Hand, StateError> {
            Ok(Hand {
                hard: saved_state::whole(hard, LARGEST, "the sum of a hand")?,
                has_ace: saved_state::flag(ace, "whether a hand has an ace")?,
                cards: saved_state::whole(cards, LARGEST, "the number of cards of a hand")?,
            })
        };
        let open_card = saved_state::whole(open_card, 10, "the dealer's open card")?;
        let (dealer, player) = (hand([dealer_hard, dealer_ace, dealer_cards])?, hand([hard, ace, cards])?);
        let running = saved_state::flag(running, "whether an episode is running")?;
        if running && (player.is_bust() || open_card == 0 || dealer.cards != 2) {
            return Err(StateError("no game of blackjack can be running with these hands".to_owned()));
        }
        self.integers = Integers::from_state([a, b, c])?;
        (self.open_card, self.dealer, self.player, self.running) = (open_card, dealer, player, running);
        Ok(())
    }

    /// `None` if the reward depends on what the observation does not show.
    fn model(&self) -> Option<TransitionModel> {
        (!self.rules.sab && !self.rules.natural).then(model)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hand(cards: &[usize]) -> Hand {
        cards.iter().fold(Hand::default(), |hand, &card| hand.with(card))
    }

    #[test]
    fn naturals_are_paid_by_the_rules() {
        let rules = |natural, sab| BlackjackConfig { natural, sab };
        let (natural, slow) = (hand(&[1, 10]), hand(&[1, 5, 5]));
        let rewards = |rules: BlackjackConfig| {
            [(natural, slow), (natural, natural), (slow, natural), (natural, hand(&[10, 8])), (slow, hand(&[10, 8]))]
                .map(|(player, dealer)| reward(&rules, player, dealer))
        };
        assert_eq!(rewards(rules(false, false)), [0.0, 0.0, 0.0, 1.0, 1.0]);
        assert_eq!(rewards(rules(true, false)), [0.0, 0.0, 0.0, 1.5, 1.0]);
        assert_eq!(rewards(rules(false, true)), [1.0, 0.0, 0.0, 1.0, 1.0]);
        assert_eq!(rewards(rules(true, true)), [1.0, 0.0, 0.0, 1.0, 1.0]);
    }

    /// A reset makes five or six draws of 32 bits each, so that halves are left; another stream must not see them.
    #[test]
    fn another_stream_does_not_see_what_is_left_of_the_last_one() {
        let game = || Blackjack::new(BlackjackConfig::default());
        let (mut used, mut observation) = (game(), [0.0; 3]);
        let mut stream = Rng::from_seed(1);
        for seed in 0..20 {
            used.reset(&mut stream, &mut observation);
            used.reset(&mut Rng::from_seed(seed), &mut observation);
            let (mut fresh, mut expected) = (game(), [0.0; 3]);
            fresh.reset(&mut Rng::from_seed(seed), &mut expected);
            assert_eq!(observation, expected);
        }
    }
}
