//! What a schedule of the learning rate is for.

use super::super::{Check, Findings};
use super::Optimizers;
use super::drawing::{figure, lines};
use super::line_fit::LineFit;
use super::paths::{last, sgd};
use crate::chart::Axis;
use crate::schedule::{Cosine, Exponential, LearningRate, Linear, StepDecay};

impl Optimizers {
    /// With a constant learning rate, steps on batches stay at a distance; with one that falls they do not.
    pub fn schedules(&self, line: &LineFit, seed: u64, found: &mut Findings) {
        const INITIAL: f64 = 0.2;
        let steps = 100 * self.batches(seed, 0).per_epoch() as u64;
        let (end, fraction) = (INITIAL / 200.0, Some(1.0));
        let schedules = [
            ("constant", LearningRate::Constant(INITIAL)),
            ("step", LearningRate::Step(StepDecay { initial: INITIAL, factor: 0.5, every: steps / 8 })),
            ("linear", LearningRate::Linear(Linear { initial: INITIAL, end, fraction, steps: None })),
            ("exponential", LearningRate::Exponential(Exponential { initial: INITIAL, end, fraction, steps: None })),
            ("cosine", LearningRate::Cosine(Cosine { initial: INITIAL, end, fraction, steps: None })),
        ];
        let per_epoch = (steps / 100) as usize;
        let mut curves = Vec::new();
        for (name, rate) in &schedules {
            let mut excess = vec![0.0; 101];
            for repetition in 0..self.repetitions {
                let mut batches = self.batches(seed, repetition);
                let path = line.path(&sgd(rate.clone()), [2.3, -0.9], steps, &mut batches);
                for (epoch, excess) in excess.iter_mut().enumerate() {
                    // The mean of the epoch's steps.
                    let part = &path[(epoch * per_epoch).saturating_sub(per_epoch - 1)..=epoch * per_epoch];
                    let mean = part.iter().map(|point| line.excess(*point)).sum::<f64>() / part.len() as f64;
                    *excess += mean / self.repetitions as f64;
                }
                if repetition == 0 {
                    found.path_row("line", &format!("batches with schedule {name}"), &path, line.excess(last(&path)));
                }
            }
            curves.push(((*name).to_owned(), excess));
        }
        let ends: Vec<f64> = curves.iter().map(|(_, excess)| excess[100]).collect();
        let worst = ends[1..].iter().copied().fold(0.0, f64::max);
        found.checks.push(Check::new(
            "with a constant learning rate, steps on batches stay at a distance from the minimum; every schedule comes nearer",
            format!("excess loss in the last epoch {:.1e}; with schedules at most {worst:.1e}", ends[0]),
            worst < 0.2 * ends[0],
        ));
        let rates = schedules.iter().map(|(name, rate)| {
            let points = (0..=200).map(|i| steps * i / 200).map(|at| (at as f64, rate.value(at, steps)));
            ((*name).to_owned(), points.collect())
        });
        let excess = curves
            .into_iter()
            .map(|(name, excess)| (name, excess.into_iter().enumerate().map(|(epoch, y)| (epoch as f64, y)).collect()));
        found.figures.extend([
            figure(
                "schedule-rates",
                "Schedules of the learning rate",
                "A constant learning rate, and four ways from a large one to a small one.",
                lines(Axis::new("step"), Axis::new("learning rate α").with_zero(), rates.collect()),
            ),
            figure(
                "schedule-losses",
                "What a schedule is for",
                &format!(
                    "Steps on batches of {} examples; the loss above its minimum, as a mean over {} orders. With a constant \
                     learning rate it stops falling: the noise of the batches moves the parameters as much as the gradient does. \
                     The schedules begin as fast and end nearer.",
                    self.batch, self.repetitions
                ),
                lines(Axis::new("epoch"), Axis::new("loss above the minimum").logarithmic(), excess.collect()),
            ),
        ]);
    }
}
