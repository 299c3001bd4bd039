//! Gymnasium's Blackjack.

mod config;
mod game;
mod hand;
mod model;
mod render;

pub use config::BlackjackConfig;
