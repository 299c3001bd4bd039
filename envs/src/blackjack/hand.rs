//! Cards in a hand.

/// The deck: each of the thirteen cards by its value, the ace as 1.
pub(super) const DECK: [usize; 13] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10, 10];

/// The most that a hand may be worth.
pub(super) const MOST: usize = 21;

/// The cards of the player or of the dealer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hand {
    /// What the cards are worth with each ace as 1.
    pub(super) hard: usize,
    pub(super) has_ace: bool,
    pub(super) cards: usize,
}

impl Hand {
    pub(super) fn with(self, card: usize) -> Hand {
        Hand { hard: self.hard + card, has_ace: self.has_ace || card == 1, cards: self.cards + 1 }
    }

    /// Whether an ace counts as 11.
    pub(super) fn has_usable_ace(self) -> bool {
        self.has_ace && self.hard + 10 <= MOST
    }

    pub(super) fn sum(self) -> usize {
        if self.has_usable_ace() { self.hard + 10 } else { self.hard }
    }

    pub(super) fn is_bust(self) -> bool {
        self.sum() > MOST
    }

    /// The sum, or 0 if it is too large.
    pub(super) fn score(self) -> usize {
        if self.is_bust() { 0 } else { self.sum() }
    }

    /// Whether it is 21 in two cards.
    pub(super) fn is_natural(self) -> bool {
        self.cards == 2 && self.sum() == MOST
    }

    /// Whether the dealer draws another card.
    pub(super) fn dealer_draws(self) -> bool {
        self.sum() < 17
    }
}
