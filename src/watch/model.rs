//! What the view shows: the newest snapshot, what follows from it, and what the user has chosen.

use std::sync::Arc;
use std::time::SystemTime;

use super::bands::{BandPoint, over_seeds};
use super::player::Player;
use super::run_data::{RunData, RunState};
use super::snapshot::Snapshot;
use super::status::counts;
use crate::text::shortened;

/// The views.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Curves over runs; where there is space, losses and the replay too.
    Overview,
    /// The learning curves.
    Curves,
    /// The runs.
    Runs,
    /// Losses, gradients and predicted values.
    Losses,
    /// An episode.
    Replay,
}

impl View {
    /// All of them, in the order of their keys.
    pub const ALL: [View; 5] = [View::Overview, View::Curves, View::Runs, View::Losses, View::Replay];

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            View::Overview => "overview",
            View::Curves => "curves",
            View::Runs => "runs",
            View::Losses => "losses",
            View::Replay => "replay",
        }
    }
}

/// The scale of the losses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LossScale {
    /// Logarithmic where the numbers span more than a decade.
    Automatic,
    /// Logarithmic.
    Logarithmic,
    /// Linear.
    Linear,
}

/// The curves of a variant over its seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct VariantCurves {
    /// The variant's index in the experiment.
    pub variant: usize,
    /// Its runs, by their index in the snapshot.
    pub runs: Vec<usize>,
    /// The learning curve.
    pub learning: Vec<BandPoint>,
    /// The loss.
    pub loss: Vec<BandPoint>,
    /// The norm of the gradient.
    pub gradient: Vec<BandPoint>,
    /// The mean predicted value.
    pub q_mean: Vec<BandPoint>,
}

/// The state of the view.
pub struct Model {
    /// The newest snapshot.
    pub snapshot: Arc<Snapshot>,
    /// The curves of the variants that are shown, in their order.
    pub curves: Vec<VariantCurves>,
    /// The variants' names, short enough for a table.
    pub names: Vec<String>,
    /// What is in view.
    pub view: View,
    /// The chosen run, by its index.
    pub chosen: usize,
    /// Whether the curves of the chosen variant alone are drawn.
    pub alone: bool,
    /// The scale of the losses.
    pub scale: LossScale,
    /// The replay.
    pub player: Player,
}

/// Characters of a variant's name.
const NAME: usize = 24;

impl Model {
    /// The view of a first snapshot.
    pub fn new(snapshot: Arc<Snapshot>) -> Model {
        let mut model = Model {
            curves: Vec::new(),
            names: Vec::new(),
            view: View::Overview,
            chosen: 0,
            alone: false,
            scale: LossScale::Automatic,
            player: Player::default(),
            snapshot: Arc::clone(&snapshot),
        };
        model.update(snapshot);
        model
    }

    /// Shows the snapshot at the time `now`: how long files have been quiet grows without any news of them.
    pub fn set_time(&mut self, now: SystemTime) {
        Arc::make_mut(&mut self.snapshot).taken = now;
    }

    /// Shows a newer snapshot.
    pub fn update(&mut self, snapshot: Arc<Snapshot>) {
        self.curves = variant_curves(&snapshot, &self.snapshot, &self.curves);
        let names: Vec<String> = snapshot.variants.iter().map(|variant| variant.name.clone()).collect();
        self.names = shortened(&names, NAME);
        self.chosen = self.chosen.min(snapshot.runs.len().saturating_sub(1));
        self.snapshot = snapshot;
    }

    /// The place of the chosen run's variant among [`Self::curves`].
    pub fn chosen_curves(&self) -> usize {
        self.curves.iter().position(|curves| curves.runs.contains(&self.chosen)).unwrap_or(0)
    }

    /// The name of a run.
    pub fn run_name(&self, run: usize) -> String {
        let RunData { variant, seed, .. } = *self.snapshot.runs[run];
        format!("{}/seed-{seed}", self.snapshot.variants[variant].name)
    }

    /// Chooses the run that is `by` further down.
    pub fn choose_run(&mut self, by: isize) {
        let last = self.snapshot.runs.len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(by).min(last);
    }

    /// Chooses the first run of the next variant or the one before, around the ends.
    pub fn choose_variant(&mut self, by: isize) {
        let count = self.curves.len() as isize;
        let next = (self.chosen_curves() as isize + by).rem_euclid(count.max(1));
        if let Some(curves) = self.curves.get(next as usize) {
            self.chosen = curves.runs[0];
        }
    }

    /// Chooses the next run that is running, around the end; none where none is.
    pub fn choose_running(&mut self) {
        let count = self.snapshot.runs.len();
        let mut later = (1..=count).map(|by| (self.chosen + by) % count);
        if let Some(run) = later.find(|run| self.snapshot.state(*run) == RunState::Running) {
            self.chosen = run;
        }
    }

    /// How many runs are in each state, in words: "2 of 6 runs finished, 1 running".
    pub fn counts(&self) -> String {
        let states: Vec<&str> = (0..self.snapshot.runs.len()).map(|run| self.snapshot.state(run).word()).collect();
        counts(&states)
    }
}

/// The curves of the variants that are shown. Those of variants without news are taken from `before`.
fn variant_curves(snapshot: &Snapshot, before: &Snapshot, curves_before: &[VariantCurves]) -> Vec<VariantCurves> {
    let mut shown: Vec<usize> = snapshot.runs.iter().map(|run| run.variant).collect();
    shown.dedup();
    let of = |variant: usize| {
        let indices = 0..snapshot.runs.len();
        let runs: Vec<usize> = indices.filter(|run| snapshot.runs[*run].variant == variant).collect();
        let is_old = |run: &usize| before.runs.get(*run).is_some_and(|old| Arc::ptr_eq(old, &snapshot.runs[*run]));
        let old = curves_before.iter().find(|old| old.variant == variant && old.runs == runs);
        if let Some(old) = old.filter(|_| snapshot.measure == before.measure && runs.iter().all(is_old)) {
            return old.clone();
        }
        let band = |curve: &dyn Fn(&RunData) -> Vec<(u64, f64)>| {
            over_seeds(&runs.iter().map(|run| curve(&snapshot.runs[*run])).collect::<Vec<_>>())
        };
        VariantCurves {
            variant,
            learning: band(&|run| snapshot.measure.curve(run)),
            loss: band(&|run| run.loss.points()),
            gradient: band(&|run| run.gradient.points()),
            q_mean: band(&|run| run.q_mean.points()),
            runs,
        }
    };
    shown.into_iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::watch::test_runs::snapshot;

    #[test]
    fn curves_follow_the_runs_and_are_made_again_where_there_is_news() {
        let first = Arc::new(snapshot());
        let mut model = Model::new(Arc::clone(&first));
        let learning = |model: &Model, variant: usize| -> Vec<(u64, f64, f64, f64)> {
            model.curves[variant].learning.iter().map(|p| (p.step, p.mean, p.low, p.high)).collect()
        };
        // Returns of 100, 200 and 300, then 200, 400 and 600.
        assert_eq!(learning(&model, 0), [(0, 200.0, 100.0, 300.0), (500, 400.0, 200.0, 600.0)]);
        assert_eq!(learning(&model, 1), [(0, 150.0, 100.0, 200.0), (500, 300.0, 200.0, 400.0)]);
        let mut news = (*first).clone();
        Arc::make_mut(&mut news.runs[0]).clear_evaluations();
        model.update(Arc::new(news));
        assert_eq!(learning(&model, 0), [(0, 250.0, 200.0, 300.0), (500, 500.0, 400.0, 600.0)]);
        assert_eq!(learning(&model, 1)[0], (0, 150.0, 100.0, 200.0));
    }

    #[test]
    fn a_run_becomes_stalled_as_time_passes() {
        let mut model = Model::new(Arc::new(snapshot()));
        assert_eq!(model.snapshot.state(3), RunState::Running);
        model.set_time(model.snapshot.taken + Duration::from_secs(60));
        assert_eq!(model.snapshot.state(3), RunState::Stalled(Duration::from_secs(61)));
        assert!(model.counts().contains(", 2 stalled"));
    }

    #[test]
    fn the_time_left_is_that_of_the_remaining_steps_at_the_speed_of_the_running() {
        // 3 × 1000 steps of the first variant are done or lost; 600 and 500 of the second's 3000, at 100 steps a second.
        assert_eq!(snapshot().time_left(), Some(Duration::from_secs(19)));
    }
}
