//! What an agent is made from.

use std::borrow::Cow;

use tilde_envs::{Space, TransitionModel};

use super::LearnedFunction;
use crate::approx::{ApproximatorConfig, Function, FunctionSetup, Normalized, SharedNormalizer};
use crate::device::Backend;
use crate::optim::OptimizerConfig;
use crate::rng::Rng;

/// What an agent of any algorithm is made from, beside the algorithm's own settings.
#[derive(Clone, Debug)]
pub struct AgentSetup {
    /// The approximator of the experiment.
    pub approximator: ApproximatorConfig,
    /// The optimizer of the experiment.
    pub optimizer: OptimizerConfig,
    /// Where observations lie.
    pub space: Space,
    /// What functions normalise observations with, if they do.
    pub normalizer: Option<SharedNormalizer>,
    /// How many actions there are.
    pub actions: usize,
    /// The environment's exact model, if it has one. Only TD prediction uses it, to find the optimal policy that it evaluates.
    pub model: Option<TransitionModel>,
    /// Environment steps of the whole run, for schedules that end after a fraction of it.
    pub budget: u64,
    /// Where and how approximators are computed.
    pub backend: Backend,
    /// The run's seed.
    pub seed: u64,
}

impl AgentSetup {
    /// Where the observations lie that approximators take: normalised, if they are.
    pub fn function_space(&self) -> Cow<'_, Space> {
        match &self.normalizer {
            Some(normalizer) => Cow::Owned(normalizer.space(&self.space)),
            None => Cow::Borrowed(&self.space),
        }
    }

    /// A function of the run's observations, which it normalises if it is to. `init` draws its first parameters; where an algorithm learns several functions, they
    /// share the run's stream [`Stream::Init`](crate::rng::Stream::Init), one after another.
    ///
    /// ```
    /// # use tilde::agents::AgentSetup;
    /// use tilde::agents::LearnedFunction;
    /// use tilde::approx::Weights;
    /// use tilde::rng::{Stream, stream};
    /// # let text = "
    /// #     name = 'x'
    /// #     seeds = [0]
    /// #     env = 'cart_pole'
    /// #     algorithm = 'dqn'
    /// #     budget = { steps = 1000 }
    /// #     approximator = { hidden = [8] }
    /// #     optimizer = { sgd = { learning_rate = 0.1 } }";
    /// # let setup: AgentSetup = tilde::config::parse(text, "x.toml", &[])?.variants()[0].agent_setup(0);
    ///
    /// let mut init = stream(setup.seed, Stream::Init);
    /// let mut q = setup.function(&LearnedFunction::new(setup.actions), &mut init);
    ///
    /// let observation = [0.01, 0.0, -0.02, 0.0]; // cart-pole's
    /// let values = q.outputs(Weights::Online, &observation);
    /// assert_eq!(values.len(), setup.actions);
    /// # Ok::<(), tilde::config::ConfigErrors>(())
    /// ```
    pub fn function(&self, learned: &LearnedFunction<'_>, init: &mut Rng) -> Box<dyn Function> {
        let setup = FunctionSetup {
            optimizer: learned.optimizer_or(&self.optimizer),
            space: &self.function_space(),
            outputs: learned.outputs,
            budget: self.budget,
            backend: self.backend,
        };
        let function = learned.approximator_or(&self.approximator).build(&setup, init);
        match &self.normalizer {
            Some(normalizer) => Box::new(Normalized::new(function, normalizer.clone())),
            None => function,
        }
    }
}
