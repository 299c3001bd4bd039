//! An environment from an exact model. Gridworlds and probes are such environments.

use crate::{Ending, Env, Rng, Space, StateError, Step, TransitionModel, saved_state};

/// An environment that follows a [`TransitionModel`].
///
/// A reset draws one number. A step draws one number if its action has more than one outcome, else none, unless it is made to
/// draw in every step ([`Tabular::drawing_in_every_step`]). The outcome is the first whose cumulative probability exceeds the
/// draw, as in Gymnasium's toy-text environments.
///
/// Saved state: the state's number; 1 while an episode is running, else 0.
#[derive(Clone, Debug)]
pub struct Tabular {
    model: TransitionModel,
    space: Space,
    /// Whether a step draws a number for a certain outcome too.
    always_draws: bool,
    state: usize,
    running: bool,
}

impl Tabular {
    /// An environment that follows `model`, whose observations lie in `space`.
    ///
    /// # Panics
    /// If an observation does not lie in `space`.
    pub fn new(model: TransitionModel, space: Space) -> Self {
        let inside = (0..model.states()).all(|state| space.contains(model.observation(state)));
        assert!(inside, "every observation of a model lies in its space");
        Tabular { model, space, always_draws: false, state: 0, running: false }
    }

    /// The same environment, where a step draws one number for a certain outcome too. Gymnasium's toy-text environments do, so
    /// the next reset from the same stream needs it.
    #[must_use]
    pub fn drawing_in_every_step(self) -> Self {
        Tabular { always_draws: true, ..self }
    }

    /// The number of the present state.
    pub(crate) fn number(&self) -> usize {
        self.state
    }

    /// Goes to a state and shows it.
    pub(crate) fn enter(&mut self, state: usize, observation: &mut [f32]) {
        self.state = state;
        observation.copy_from_slice(self.model.observation(state));
    }
}

impl Env for Tabular {
    fn observation_space(&self) -> &Space {
        &self.space
    }

    fn actions(&self) -> usize {
        self.model.actions()
    }

    fn reset(&mut self, rng: &mut Rng, observation: &mut [f32]) {
        let &(start, _) = choose(self.model.start(), |&(_, probability)| probability, rng.random());
        self.running = true;
        self.enter(start, observation);
    }

    fn step(&mut self, action: usize, rng: &mut Rng, observation: &mut [f32]) -> Step {
        assert!(self.running, "no episode is running: reset the environment before the next step");
        let outcome = match self.model.outcomes(self.state, action) {
            [only] if !self.always_draws => *only,
            several => *choose(several, |outcome| outcome.probability, rng.random()),
        };
        self.running = !outcome.terminated;
        self.enter(outcome.next, observation);
        let ending = if outcome.terminated { Ending::Terminated } else { Ending::Continues };
        Step { reward: outcome.reward as f32, ending }
    }

    fn is_running(&self) -> bool {
        self.running
    }

    fn state(&self) -> Vec<f64> {
        vec![self.state as f64, f64::from(self.running)]
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), StateError> {
        let [state, running] = saved_state::of_length(state, "a tabular environment")?;
        let state = saved_state::whole(state, self.model.states() - 1, "the state's number")?;
        let running = saved_state::flag(running, "whether an episode is running")?;
        if running && self.model.is_terminal(state) {
            return Err(StateError(format!("no episode can be running in state {state}, which is terminal")));
        }
        (self.state, self.running) = (state, running);
        Ok(())
    }

    fn model(&self) -> Option<TransitionModel> {
        Some(self.model.clone())
    }
}

/// The first item whose cumulative probability exceeds `draw`, a number in [0, 1).
fn choose<T>(items: &[T], probability: impl Fn(&T) -> f64, draw: f64) -> &T {
    let mut cumulative = 0.0;
    let chosen = items.iter().find(|item| {
        cumulative += probability(item);
        draw < cumulative
    });
    // By rounding, the sum can be slightly below one and the draw between the two.
    chosen.or(items.last()).expect("a state in which an episode runs has outcomes")
}
