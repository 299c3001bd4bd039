//! The place in a replayed episode.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::replay::{Done, Drawn, Episode, Wanted};
use crate::run::Checkpoint;

/// How long the end of an episode stays in view before it begins again.
const HOLD: Duration = Duration::from_secs(2);
/// The lowest and the highest speed, as powers of two.
const SPEEDS: std::ops::RangeInclusive<i32> = -4..=5;

/// Plays an episode in its own time.
#[derive(Default)]
pub struct Player {
    /// What is played or being loaded.
    pub wanted: Option<Wanted>,
    /// The name of its run.
    pub name: String,
    /// The episode; `None` while it is being played by the agent.
    pub episode: Option<Arc<Episode>>,
    /// Why there is no episode.
    pub failure: Option<String>,
    /// The last picture.
    pub drawn: Option<Drawn>,
    /// Whether it stands still.
    pub paused: bool,
    /// The speed is two to this power.
    pub speed: i32,
    /// Seconds of the episode that have passed.
    time: f64,
    /// Whether an episode or a picture has been asked for and is not there yet.
    waits_for_episode: bool,
    waits_for_picture: bool,
    /// The size of the picture in the last view; `None` where it is not in view.
    pub size: Option<(u16, u16)>,
}

/// What the player wants of the thread that plays and draws.
#[derive(Debug, PartialEq)]
pub enum Wish {
    /// An episode.
    Episode(Wanted),
    /// The picture of a step.
    Picture(usize, (u16, u16)),
}

impl Player {
    /// Loads the run in `folder`, unless it is there already.
    pub fn show(&mut self, folder: PathBuf, name: String) {
        if self.wanted.as_ref().is_none_or(|wanted| wanted.folder != folder) {
            self.want(Wanted { folder, checkpoint: None, number: 0 });
            self.name = name;
        }
    }

    /// Another episode, of the newest checkpoint.
    pub fn next(&mut self) {
        if let Some(wanted) = self.wanted.clone() {
            self.want(Wanted { number: wanted.number.wrapping_add(1), ..wanted });
        }
    }

    /// The other checkpoint: the last one in place of the best, and back.
    pub fn exchange_checkpoint(&mut self) {
        if let Some(wanted) = self.wanted.clone() {
            let shown = self.episode.as_ref().map(|episode| episode.checkpoint).or(wanted.checkpoint);
            let other = if shown == Some(Checkpoint::Best) { Checkpoint::Last } else { Checkpoint::Best };
            self.want(Wanted { checkpoint: Some(other), number: 0, ..wanted });
        }
    }

    fn want(&mut self, wanted: Wanted) {
        (self.episode, self.failure, self.drawn) = (None, None, None);
        (self.time, self.waits_for_episode) = (0.0, false);
        self.wanted = Some(wanted);
    }

    /// Plays from the beginning. What could not be played is tried again: there may be a checkpoint now.
    pub fn again(&mut self) {
        (self.time, self.paused) = (0.0, false);
        if let Some(wanted) = self.wanted.clone().filter(|_| self.failure.is_some()) {
            self.want(wanted);
        }
    }

    /// Faster or slower.
    pub fn change_speed(&mut self, by: i32) {
        self.speed = (self.speed + by).clamp(*SPEEDS.start(), *SPEEDS.end());
    }

    /// Stops and goes some steps on or back.
    pub fn go(&mut self, by: isize) {
        self.paused = true;
        let to = self.step().saturating_add_signed(by);
        self.time = (to.min(self.length()) as f64 + 0.5) * self.seconds_per_step();
    }

    /// The present step.
    pub fn step(&self) -> usize {
        ((self.time / self.seconds_per_step()) as usize).min(self.length())
    }

    fn length(&self) -> usize {
        self.episode.as_ref().map_or(0, |episode| episode.recording.length())
    }

    fn seconds_per_step(&self) -> f64 {
        let seconds = self.episode.as_ref().map_or(1.0, |episode| episode.recording.renderer().seconds_per_step());
        if seconds.is_finite() { seconds.max(1e-3) } else { 1.0 }
    }

    /// Whether something moves in view.
    pub fn is_playing(&self) -> bool {
        self.episode.is_some() && !self.paused && self.size.is_some()
    }

    /// Whether pictures will change soon.
    pub fn is_moving(&self) -> bool {
        self.is_playing() || self.waits_for_episode() || (self.waits_for_picture && self.size.is_some())
    }

    fn waits_for_episode(&self) -> bool {
        self.waits_for_episode && self.episode.is_none() && self.failure.is_none()
    }

    /// Lets time pass. At its end the episode stays for a while and begins again.
    pub fn pass(&mut self, elapsed: Duration) {
        if !self.is_playing() {
            return;
        }
        let speed = 2f64.powi(self.speed);
        self.time += speed * elapsed.as_secs_f64();
        if self.time > self.length() as f64 * self.seconds_per_step() + speed * HOLD.as_secs_f64() {
            self.time = 0.0;
        }
    }

    /// Takes in what the thread has done.
    pub fn receive(&mut self, done: Done) {
        match done {
            Done::Played(wanted, result) if self.wanted.as_ref() == Some(&wanted) => match result {
                Ok(episode) => self.episode = Some(episode),
                Err(why) => self.failure = Some(why),
            },
            // It was asked for before something else was wanted.
            Done::Played(..) => {}
            Done::Drawn(of, result) => {
                self.waits_for_picture = false;
                match result {
                    _ if !self.episode.as_ref().is_some_and(|episode| Arc::ptr_eq(episode, &of)) => {}
                    Ok(drawn) => self.drawn = Some(drawn),
                    Err(why) => self.failure = Some(why),
                }
            }
        }
    }

    /// What is to be asked of the thread now.
    pub fn wish(&mut self) -> Option<Wish> {
        if self.failure.is_some() {
            return None;
        }
        if self.episode.is_none() {
            let wanted = self.wanted.clone().filter(|_| !self.waits_for_episode)?;
            self.waits_for_episode = true;
            return Some(Wish::Episode(wanted));
        }
        let (size, step) = (self.size?, self.step());
        let is_there = self.drawn.as_ref().is_some_and(|drawn| (drawn.step, drawn.size) == (step, size));
        if is_there || self.waits_for_picture {
            return None;
        }
        self.waits_for_picture = true;
        Some(Wish::Picture(step, size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::test_runs::episode;

    /// A player with an episode in view.
    fn player() -> Player {
        let (wanted, episode) = episode("gridworld");
        let mut player = Player::default();
        player.show(wanted.folder.clone(), "x".to_owned());
        assert_eq!(player.wish(), Some(Wish::Episode(wanted.clone())));
        assert_eq!(player.wish(), None, "it is asked for once");
        player.receive(Done::Played(wanted, Ok(episode)));
        player.size = Some((40, 10));
        player
    }

    #[test]
    fn an_episode_plays_in_its_own_time_and_begins_again() {
        let mut player = player();
        let length = player.length();
        assert!(length > 0 && player.is_playing() && player.step() == 0);
        player.pass(Duration::from_millis(330)); // 0.32 s for a step
        assert_eq!(player.step(), 1);
        player.change_speed(1);
        player.pass(Duration::from_millis(320));
        assert_eq!(player.step(), 3.min(length));
        player.change_speed(-1);
        player.pass(Duration::from_secs_f64(0.32 * length as f64));
        assert_eq!(player.step(), length, "the end is held");
        player.pass(Duration::from_secs(2));
        assert_eq!(player.step(), 0);
        player.paused = true;
        player.pass(Duration::from_secs(1));
        assert_eq!(player.step(), 0);
        player.go(1);
        assert_eq!(player.step(), 1);
        player.go(-5);
        assert_eq!(player.step(), 0);
        player.again();
        assert!(!player.paused);
    }

    #[test]
    fn pictures_are_asked_for_one_at_a_time_and_late_answers_are_dropped() {
        let mut player = player();
        assert_eq!(player.wish(), Some(Wish::Picture(0, (40, 10))));
        assert_eq!(player.wish(), None);
        let old = player.episode.clone().unwrap();
        let before = player.wanted.clone().unwrap();
        player.next();
        let wanted = Wanted { number: 1, ..before.clone() };
        assert_eq!((player.wish(), player.is_playing()), (Some(Wish::Episode(wanted.clone())), false));
        player.receive(Done::Played(before, Err("late".to_owned())));
        player.receive(Done::Drawn(Arc::clone(&old), Err("late".to_owned())));
        assert_eq!(player.failure, None);
        player.receive(Done::Played(wanted, Ok(old)));
        assert_eq!(player.wish(), Some(Wish::Picture(0, (40, 10))));
    }

    #[test]
    fn the_other_checkpoint_is_the_last_where_the_best_is_shown() {
        let mut player = player();
        let shown = player.episode.as_ref().map(|episode| episode.checkpoint);
        player.exchange_checkpoint();
        let wanted = player.wanted.as_ref().and_then(|wanted| wanted.checkpoint);
        assert!(wanted.is_some() && wanted != shown);
    }
}
