//! The settings of blackjack.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::game::{ACTIONS, Blackjack};
use super::render::BlackjackRenderer;
use crate::registry::Part;
use crate::render::Render;
use crate::{Component, ConfigError, Env, Environment};

/// The settings of Gymnasium's Blackjack-v1 (Towers et al. 2024), after Sutton & Barto 2018, example 5.1. Names and defaults are
/// those of `gymnasium.make("Blackjack-v1")`.
///
/// The player's cards shall be worth more than the dealer's, but not more than 21. The ace counts as 1, or as 11 where that is no
/// more than 21 in all (it is then usable); kings, queens and jacks count as 10. Cards come from an infinite deck. Actions: 0 stick,
/// 1 hit. A hit draws a card, and terminates the episode with −1 above 21. After "stick" the dealer draws up to 17 or more, and the
/// episode terminates with 1 for a win, −1 for a loss and 0 for a draw.
///
/// Observation: the player's sum, the dealer's open card (1 to 10, 1 the ace), and 1 with a usable ace, else 0.
///
/// There is an exact model if neither `sab` nor `natural` is set. Both rules pay for 21 with the first two cards, and the observation
/// does not tell it from 21 with more cards. No optimal action depends on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BlackjackConfig {
    /// Whether a win with 21 in the first two cards gives 1.5. Without effect if `sab` is set.
    pub natural: bool,
    /// The rules of Sutton & Barto: 21 in the first two cards wins against every hand of the dealer but another such one.
    pub sab: bool,
}

impl Default for BlackjackConfig {
    fn default() -> Self {
        BlackjackConfig { natural: false, sab: true }
    }
}

impl Part for BlackjackConfig {
    const ID: &'static str = "blackjack";
    const SUMMARY: &'static str = "hit or stick against a dealer; Gymnasium's Blackjack-v1";
}

impl Environment for BlackjackConfig {
    fn build(&self) -> Result<Box<dyn Env>, ConfigError> {
        Ok(Box::new(Blackjack::new(self.clone())))
    }

    fn renderer(&self) -> Option<Box<dyn Render>> {
        Some(Box::new(BlackjackRenderer))
    }

    fn components(&self) -> Vec<Component> {
        vec![
            Component::new("player's sum").between(4.0, 21.0),
            Component::new("dealer's card").between(1.0, 10.0),
            Component::new("usable ace"),
        ]
    }

    fn action_names(&self) -> Vec<String> {
        ACTIONS.map(str::to_owned).to_vec()
    }

    /// As in the book's figures: the dealer's card and the player's sum.
    fn map_axes(&self) -> Option<[usize; 2]> {
        Some([1, 0])
    }
}
