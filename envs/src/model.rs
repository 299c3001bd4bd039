//! The exact model of a finite MDP, for dynamic programming.

/// One outcome of an action.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// Its probability, in (0, 1].
    pub probability: f64,
    /// The state it leads to.
    pub next: usize,
    /// The reward it gives.
    pub reward: f64,
    /// Whether the episode ends there. Then `next` has the value zero, whatever state it is.
    pub terminated: bool,
}

/// The exact model of a finite MDP: p(s', r | s, a) of Sutton & Barto 2018, eq. 3.2, as a table.
///
/// States are numbers in `0..states()`, actions in `0..actions()`. Values do not depend on a time limit: a truncated state has
/// the value that it has without the limit. How often states are visited does depend on it.
#[derive(Clone, Debug, PartialEq)]
pub struct TransitionModel {
    actions: usize,
    observations: Vec<Vec<f32>>,
    start: Vec<(usize, f64)>,
    /// The outcomes of all pairs in one row: those of (s, a) lie at `first[i]..first[i + 1]` with i = s · actions + a.
    outcomes: Vec<Outcome>,
    first: Vec<usize>,
    time_limit: Option<u32>,
}

impl TransitionModel {
    /// Builds the table by asking `outcomes` for every (state, action); an empty list means that the state is terminal.
    ///
    /// # Panics
    /// If there is no state or no action, if probabilities do not sum to one, or if an outcome leads out of the model.
    pub fn new(
        actions: usize,
        observations: Vec<Vec<f32>>,
        start: Vec<(usize, f64)>,
        mut outcomes: impl FnMut(usize, usize) -> Vec<Outcome>,
    ) -> Self {
        let states = observations.len();
        assert!(states > 0 && actions > 0, "a model has at least one state and one action");
        assert!(start.iter().all(|&(state, _)| state < states), "an episode starts inside the model");
        assert!(sums_to_one(start.iter().map(|&(_, probability)| probability)), "start probabilities sum to one");
        let (all_outcomes, first) = (Vec::new(), vec![0]);
        let mut model =
            TransitionModel { actions, observations, start, outcomes: all_outcomes, first, time_limit: None };
        for state in 0..states {
            for action in 0..actions {
                let list = outcomes(state, action);
                assert!(list.iter().all(|outcome| outcome.next < states), "({state}, {action}) leads out of the model");
                assert!(
                    list.is_empty() || sums_to_one(list.iter().map(|outcome| outcome.probability)),
                    "the probabilities of ({state}, {action}) sum to one"
                );
                model.outcomes.extend(list);
                model.first.push(model.outcomes.len());
            }
        }
        model
    }

    /// The same model with a time limit of `limit` steps.
    #[must_use]
    pub fn with_time_limit(self, limit: u32) -> Self {
        TransitionModel { time_limit: Some(limit), ..self }
    }

    /// The time limit in steps, if there is one.
    pub fn time_limit(&self) -> Option<u32> {
        self.time_limit
    }

    /// The number of states.
    pub fn states(&self) -> usize {
        self.observations.len()
    }

    /// The number of actions, the same in every state.
    pub fn actions(&self) -> usize {
        self.actions
    }

    /// The observation of a state; different states have different ones.
    #[inline]
    pub fn observation(&self, state: usize) -> &[f32] {
        &self.observations[state]
    }

    /// The state with this observation, if there is one.
    pub fn state_of(&self, observation: &[f32]) -> Option<usize> {
        self.observations.iter().position(|known| known == observation)
    }

    /// The start distribution: (state, probability), with probabilities that sum to one.
    pub fn start(&self) -> &[(usize, f64)] {
        &self.start
    }

    /// The outcomes of an action; none in a terminal state. Two outcomes may lead to the same state.
    ///
    /// # Panics
    /// If the state or the action does not exist.
    #[inline]
    pub fn outcomes(&self, state: usize, action: usize) -> &[Outcome] {
        assert!(action < self.actions, "action {action} does not exist: there are {}", self.actions);
        let pair = state * self.actions + action;
        &self.outcomes[self.first[pair]..self.first[pair + 1]]
    }

    /// Whether the state has no outcomes. Its value is zero by definition.
    pub fn is_terminal(&self, state: usize) -> bool {
        self.outcomes(state, 0).is_empty()
    }
}

fn sums_to_one(probabilities: impl Iterator<Item = f64>) -> bool {
    (probabilities.sum::<f64>() - 1.0).abs() < 1e-9
}
