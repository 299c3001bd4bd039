//! The episodes of an evaluation, and their statistics.

use serde::{Serialize, Serializer};
use tilde_envs::Ending;

use super::{Bin, Spread, histogram};
use crate::results::EpisodeRow;

/// An episode.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Episode {
    /// Its number, from 1.
    pub episode: u64,
    /// Sum of the rewards, not discounted.
    #[serde(rename = "return")]
    pub total: f64,
    /// Environment steps.
    pub length: u64,
    /// How it ended.
    #[serde(serialize_with = "name")]
    pub ending: Ending,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the signature is serde's
fn name<S: Serializer>(ending: &Ending, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(if *ending == Ending::Terminated { "terminated" } else { "truncated" })
}

impl From<EpisodeRow> for Episode {
    fn from(EpisodeRow { episode, total, length, ending, .. }: EpisodeRow) -> Episode {
        Episode { episode, total, length, ending }
    }
}

/// Episodes and their statistics.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Episodes {
    /// Of the returns; `None` if one is NaN.
    pub returns: Option<Spread>,
    /// Of the lengths in environment steps.
    pub lengths: Option<Spread>,
    /// Episodes that reached a terminal state.
    pub terminated: usize,
    /// Episodes that were cut off, by a time limit for example.
    pub truncated: usize,
    /// Bins of the returns.
    pub histogram: Vec<Bin>,
    /// The episodes.
    pub episodes: Vec<Episode>,
}

impl Episodes {
    /// The statistics of these episodes.
    pub fn of(episodes: Vec<Episode>) -> Episodes {
        let returns: Vec<f64> = episodes.iter().map(|episode| episode.total).collect();
        let lengths: Vec<f64> = episodes.iter().map(|episode| episode.length as f64).collect();
        let terminated = episodes.iter().filter(|episode| episode.ending == Ending::Terminated).count();
        Episodes {
            returns: Spread::of(&returns),
            lengths: Spread::of(&lengths),
            terminated,
            truncated: episodes.len() - terminated,
            histogram: histogram(&returns),
            episodes,
        }
    }
}
