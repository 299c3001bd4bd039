//! An agent for tests: it acts as the test says and reports what it was asked.

use tilde_envs::StateError;

use crate::agents::{Agent, StateEstimate, StateReader, StateWriter, UpdateStats};
use crate::approx::Function;
use crate::replay::Transition;
use crate::rng::Rng;

/// What an agent is asked in an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// For an action.
    Action,
    /// For the values of a state, after so many environment steps.
    Estimate(u64),
}

type Act = Box<dyn FnMut(u64, usize) -> usize + Send>;

/// Acts as it is told and learns nothing, or is another agent and reports what that one is asked.
#[derive(Default)]
pub struct TestAgent {
    /// The action for an environment after so many steps; 0 without.
    pub act: Option<Act>,
    /// Its estimates by the column of a gridworld.
    pub estimates: Vec<StateEstimate>,
    /// The agent that does all that the above do not.
    pub inner: Option<Box<dyn Agent>>,
    /// Told of what it is asked in evaluations.
    pub asked: Option<Box<dyn FnMut(Question) + Send>>,
    /// The steps before which it was asked for actions.
    pub acted_at: Vec<u64>,
}

impl TestAgent {
    /// Acts as `act` says, of the steps made before and the environment's number.
    pub fn acting(act: impl FnMut(u64, usize) -> usize + Send + 'static) -> TestAgent {
        TestAgent { act: Some(Box::new(act)), ..TestAgent::default() }
    }

    fn report(&mut self, question: Question) {
        self.asked.iter_mut().for_each(|asked| asked(question));
    }
}

impl Agent for TestAgent {
    fn act(&mut self, observations: &[f32], step: u64, actions: &mut [usize]) {
        self.acted_at.push(step);
        match (&mut self.act, &mut self.inner) {
            (Some(act), _) => {
                actions.iter_mut().enumerate().for_each(|(env, action)| *action = act(step, env));
            }
            (None, Some(inner)) => inner.act(observations, step, actions),
            (None, None) => actions.fill(0),
        }
    }

    fn observe(&mut self, transition: Transition<'_>, step: u64) -> Option<UpdateStats> {
        self.inner.as_mut()?.observe(transition, step)
    }

    fn act_eval(&mut self, observation: &[f32], rng: &mut Rng) -> usize {
        self.report(Question::Action);
        self.inner.as_mut().map_or(0, |inner| inner.act_eval(observation, rng))
    }

    fn estimate(&mut self, observation: &[f32], step: u64) -> StateEstimate {
        self.report(Question::Estimate(step));
        match &mut self.inner {
            Some(inner) => inner.estimate(observation, step),
            None => self.estimates[observation[1] as usize].clone(),
        }
    }

    fn functions(&self) -> Vec<(&'static str, &dyn Function)> {
        self.inner.as_ref().map_or(Vec::new(), |inner| inner.functions())
    }

    fn functions_mut(&mut self) -> Vec<&mut dyn Function> {
        self.inner.as_mut().map_or(Vec::new(), |inner| inner.functions_mut())
    }

    fn save_extras(&self, to: &mut StateWriter) {
        self.inner.iter().for_each(|inner| inner.save_extras(to));
    }

    fn load_extras(&mut self, from: &mut StateReader<'_>) -> Result<(), StateError> {
        self.inner.as_mut().map_or(Ok(()), |inner| inner.load_extras(from))
    }
}
