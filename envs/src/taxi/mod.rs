//! Gymnasium's Taxi.

mod config;
mod fickle;
mod render;
mod ride;

pub use config::{TaxiConfig, TaxiObservation};
