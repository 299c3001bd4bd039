//! Advantage actor–critic: a policy h̃ and a value function Ṽ, two approximators (A2C, the synchronous form of Mnih et al.
//! 2016).
//!
//! A vector step makes one step in each of `num_envs` environments. After `n_steps` vector steps, Ṽ takes one gradient step on
//! the TD loss with the n-step targets, and h̃ one step along the policy gradient. The advantages are the TD errors or their
//! λ-weighted sums; an entropy bonus is added.
//!
//! Deviations from Mnih et al. 2016: h̃ and Ṽ share no layers; generalised advantages (Schulman et al. 2016) are an option;
//! targets are bootstrapped from the last observation of a truncated episode.
//!
//! Deviation from the one-step actor–critic for episodes of Sutton & Barto 2018, section 13.5: there, the policy's step at time
//! t of an episode has the factor γᵗ; here it is 1, as in Mnih et al. 2016 and in all common libraries. So late and early steps
//! of an episode count the same, and the sum of the updates is not the gradient of the discounted return from the start (Thomas
//! 2014). With one environment, one step and λ = 0 that is the only difference.
//!
//! Deviation from Stable-Baselines3: `max_grad_norm` clips the gradients of the actor and of the critic separately, each by its
//! own norm and in its own optimizer. Stable-Baselines3 clips the norm of both together, after it has halved the critic's loss
//! (`vf_coef` = 0.5, which turns its δ² into the δ²/2 of here). Without clipping there is no difference.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tilde_envs::registry::Part;
use tilde_envs::{Ending, Env, StateError};

use super::agent::{StateEstimate, Value, certain};
use super::state::{StateReader, StateWriter};
use super::{Agent, AgentSetup, Algorithm, LearnedFunction, Roles, UpdateStats, check_num_envs};
use crate::approx::{ApproximatorConfig, Function, StepStats, Weights};
use crate::invalid_value::{InvalidValue, all, fraction, not_negative, require};
use crate::losses::{
    TdLoss, argmax, at_share, generalize_advantages, policy_derivatives, policy_loss, softmax, td_target,
};
use crate::optim::OptimizerConfig;
use crate::replay::Transition;
use crate::rng::{Rng, Stream, stream};

/// Hyperparameters of the actor–critic, with the names of Stable-Baselines3's A2C.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ActorCriticConfig {
    /// Discount γ.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub gamma: f64,
    /// λ of the advantages: 0 takes the TD error alone, 1 the whole n-step return.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub gae_lambda: f64,
    /// Environments that are stepped together (`n_envs`).
    #[schemars(range(min = 1, max = 4_096))]
    pub num_envs: usize,
    /// Steps in each environment between updates.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub n_steps: usize,
    /// Coefficient of the entropy bonus.
    #[schemars(range(min = 0.0))]
    pub ent_coef: f64,
    /// Whether the advantages of each update are shifted and scaled to mean 0 and standard deviation 1.
    pub normalize_advantage: bool,
    /// The critic's loss of its error δ: `"huber"`, or `"mse"`, which is δ²/2. That is half of PyTorch's `mse_loss`, so that SGD
    /// needs twice the learning rate for the same step.
    pub loss: TdLoss,
    /// The critic's approximator; by default the same as the policy's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub critic_approximator: Option<Box<ApproximatorConfig>>,
    /// The critic's optimizer; by default the same as the policy's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub critic_optimizer: Option<OptimizerConfig>,
}

impl Default for ActorCriticConfig {
    /// Those of Stable-Baselines3's A2C, except for longer rollouts (it has 5 steps and λ = 1). On cart-pole, with Adam (learning
    /// rate 1e-3) and two layers of 64 units, the return after 100,000 steps was 157 with 5 steps of eight environments, and 500
    /// with these (interquartile means of ten seeds).
    fn default() -> Self {
        ActorCriticConfig {
            gamma: 0.99,
            gae_lambda: 0.95,
            num_envs: 1,
            n_steps: 32,
            ent_coef: 0.0,
            normalize_advantage: false,
            loss: TdLoss::Mse,
            critic_approximator: None,
            critic_optimizer: None,
        }
    }
}

/// The most steps per update. A larger number is most likely a typing error.
const MAX_STEPS: usize = 1_000_000;

impl Part for ActorCriticConfig {
    const ID: &'static str = "actor_critic";
    const SUMMARY: &'static str = "advantage actor–critic (Mnih et al. 2016)";
}

impl Algorithm for ActorCriticConfig {
    fn gamma(&self) -> f64 {
        self.gamma
    }

    fn functions(&self, actions: usize) -> Vec<LearnedFunction<'_>> {
        vec![self.actor(actions), self.critic()]
    }

    fn num_envs(&self) -> usize {
        self.num_envs
    }

    fn first_update(&self) -> u64 {
        (self.num_envs as u64).saturating_mul(self.n_steps as u64)
    }

    fn check(&self, _env: &dyn Env, budget: u64) -> Result<(), InvalidValue> {
        all([
            fraction("gamma", self.gamma),
            fraction("gae_lambda", self.gae_lambda),
            check_num_envs(self.num_envs),
            self.check_steps(budget),
            not_negative("ent_coef", self.ent_coef),
        ])
    }

    fn build(&self, setup: &AgentSetup) -> Box<dyn Agent> {
        Box::new(ActorCritic::new(self, setup))
    }
}

impl ActorCriticConfig {
    /// The policy h̃.
    fn actor(&self, actions: usize) -> LearnedFunction<'_> {
        LearnedFunction::new(actions)
    }

    /// The value function Ṽ.
    fn critic(&self) -> LearnedFunction<'_> {
        LearnedFunction::new(1)
            .with_approximator("critic_approximator", self.critic_approximator.as_deref())
            .with_optimizer("critic_optimizer", self.critic_optimizer.as_ref())
    }

    /// Checks the steps per update.
    fn check_steps(&self, budget: u64) -> Result<(), InvalidValue> {
        require((1..=MAX_STEPS).contains(&self.n_steps), "n_steps", || {
            format!("must lie between 1 and {MAX_STEPS}, not at {}", self.n_steps)
        })?;
        require(self.first_update() <= MAX_STEPS as u64, "n_steps", || {
            format!("{} × {} steps per update are more than {MAX_STEPS}: lower one", self.num_envs, self.n_steps)
        })?;
        require(self.first_update() <= budget, "n_steps", || {
            format!(
                "the first update would come after {} × {} steps, and the budget ends at {budget}: lower one, or raise \
                 `budget.steps`",
                self.num_envs, self.n_steps
            )
        })
    }
}

/// An actor–critic agent.
pub struct ActorCritic {
    config: ActorCriticConfig,
    /// h̃(· | x; θ): its outputs are action preferences.
    actor: Box<dyn Function>,
    /// Ṽ(x; w).
    critic: Box<dyn Function>,
    /// The steps since the last update, for each environment.
    rollouts: Vec<Rollout>,
    explore: Rng,
    updates: u64,
    components: usize,
    actions: usize,
    scratch: Buffers,
}

/// Buffers for the numbers of an update.
#[derive(Default)]
struct Buffers {
    observations: Vec<f32>,
    next_observations: Vec<f32>,
    next_values: Vec<f32>,
    advantages: Vec<f32>,
    derivatives: Vec<f32>,
    /// Of the actions in one state `[A]`.
    probabilities: Vec<f32>,
}

/// Consecutive steps of one environment, in columns.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Rollout {
    observations: Vec<f32>,
    next_observations: Vec<f32>,
    actions: Vec<usize>,
    rewards: Vec<f32>,
    endings: Vec<Ending>,
}

impl Rollout {
    fn push(&mut self, transition: Transition<'_>) {
        self.observations.extend_from_slice(transition.observation);
        self.next_observations.extend_from_slice(transition.next_observation);
        self.actions.push(transition.action);
        self.rewards.push(transition.reward);
        self.endings.push(transition.ending);
    }

    fn clear(&mut self) {
        self.observations.clear();
        self.next_observations.clear();
        self.actions.clear();
        self.rewards.clear();
        self.endings.clear();
    }

    fn fits(&self, components: usize, actions: usize, n_steps: usize) -> bool {
        let steps = self.actions.len();
        let columns = [self.rewards.len(), self.endings.len()];
        let numbers = [self.observations.len(), self.next_observations.len()];
        steps <= n_steps
            && columns.iter().all(|&length| length == steps)
            && numbers.iter().all(|&length| length == steps * components)
            && self.actions.iter().all(|&action| action < actions)
    }
}

impl ActorCritic {
    /// An agent that has seen nothing yet.
    pub fn new(config: &ActorCriticConfig, setup: &AgentSetup) -> ActorCritic {
        let mut init = stream(setup.seed, Stream::Init);
        ActorCritic {
            config: config.clone(),
            actor: setup.function(&config.actor(setup.actions), &mut init),
            critic: setup.function(&config.critic(), &mut init),
            rollouts: vec![Rollout::default(); config.num_envs],
            explore: stream(setup.seed, Stream::Explore),
            updates: 0,
            components: setup.space.len(),
            actions: setup.actions,
            scratch: Buffers { probabilities: vec![0.0; setup.actions], ..Buffers::default() },
        }
    }

    /// One step of both approximators on all steps since the last update.
    fn update(&mut self, step: u64) -> UpdateStats {
        let ActorCritic { config, actor, critic, rollouts, scratch, .. } = self;
        let Buffers { observations, next_observations, next_values, advantages, derivatives, probabilities } = scratch;
        gather(rollouts, |rollout| &rollout.observations, observations);
        gather(rollouts, |rollout| &rollout.next_observations, next_observations);
        next_values.clear();
        next_values.extend_from_slice(critic.outputs(Weights::Online, next_observations));
        find_advantages(config, rollouts, critic.record(observations), next_values, advantages);

        // The critic's targets are its values plus the advantages, so that the advantages are its TD errors.
        let count = advantages.len() as f32;
        let loss = advantages.iter().map(|&error| config.loss.value(error)).sum::<f32>() / count;
        derivatives.clear();
        derivatives.extend(advantages.iter().map(|&error| config.loss.derivative(error) / count));
        let critic_norm = critic.step(derivatives, step).grad_norm;

        if config.normalize_advantage {
            normalize(advantages);
        }
        let preferences = actor.record(observations);
        derivatives.resize(preferences.len(), 0.0);
        let width = preferences.len() / advantages.len();
        let rows = preferences.chunks_exact(width).zip(derivatives.chunks_exact_mut(width));
        let actions = rollouts.iter().flat_map(|rollout| &rollout.actions);
        let mut policy_losses = 0.0;
        for (((preferences, derivatives), &action), &advantage) in rows.zip(actions).zip(&*advantages) {
            softmax(preferences, probabilities);
            policy_losses += f64::from(policy_loss(probabilities, action, advantage));
            policy_derivatives(probabilities, action, advantage, config.ent_coef as f32, derivatives);
        }
        derivatives.iter_mut().for_each(|derivative| *derivative /= count);
        let StepStats { grad_norm: actor_norm, learning_rate } = actor.step(derivatives, step);

        rollouts.iter_mut().for_each(Rollout::clear);
        self.updates += 1;
        let grad_norm = actor_norm.hypot(critic_norm);
        let loss = f64::from(loss);
        UpdateStats {
            updates: self.updates,
            loss,
            q_mean: None,
            grad_norm,
            epsilon: None,
            learning_rate,
            temperature: None,
            policy_loss: Some(policy_losses / f64::from(count)),
        }
    }
}

/// Copies a column of all rollouts, one environment after another, to `to`.
fn gather(rollouts: &[Rollout], column: fn(&Rollout) -> &[f32], to: &mut Vec<f32>) {
    to.clear();
    rollouts.iter().for_each(|rollout| to.extend_from_slice(column(rollout)));
}

/// Writes the advantages of all steps, one environment after another, to `advantages`.
fn find_advantages(
    config: &ActorCriticConfig,
    rollouts: &[Rollout],
    values: &[f32],
    next_values: &[f32],
    advantages: &mut Vec<f32>,
) {
    let (gamma, lambda) = (config.gamma as f32, config.gae_lambda as f32);
    advantages.clear();
    for Rollout { rewards, endings, .. } in rollouts {
        let start = advantages.len();
        let steps = rewards.iter().zip(endings).zip(values[start..].iter().zip(&next_values[start..]));
        advantages
            .extend(steps.map(|((&reward, &ending), (value, &next_value))| {
                td_target(reward, ending, gamma, next_value) - value
            }));
        generalize_advantages(&mut advantages[start..], endings, gamma, lambda);
    }
}

/// Shifts and scales to mean 0 and deviation 1, as Stable-Baselines3 does; a single number stays as it is.
fn normalize(values: &mut [f32]) {
    let count = values.len() as f32;
    if values.len() > 1 {
        let mean = values.iter().sum::<f32>() / count;
        let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / (count - 1.0)).sqrt();
        values.iter_mut().for_each(|v| *v = (*v - mean) / (deviation + 1e-8));
    }
}

/// The action whose share of the unit interval contains `draw`.
fn choose(probabilities: &[f32], draw: f64) -> usize {
    at_share(probabilities.iter().copied().map(f64::from), draw).unwrap_or(probabilities.len() - 1)
}

impl Agent for ActorCritic {
    fn act(&mut self, observations: &[f32], _step: u64, actions: &mut [usize]) {
        let preferences = self.actor.outputs(Weights::Online, observations);
        let rows = preferences.chunks_exact(preferences.len() / actions.len());
        for (preferences, action) in rows.zip(actions) {
            softmax(preferences, &mut self.scratch.probabilities);
            *action = choose(&self.scratch.probabilities, self.explore.random());
        }
    }

    fn observe(&mut self, transition: Transition<'_>, step: u64) -> Option<UpdateStats> {
        self.rollouts[transition.env].push(transition);
        // Of all environments, the last one makes its steps last.
        let full = self.rollouts.last().is_some_and(|rollout| rollout.actions.len() == self.config.n_steps);
        full.then(|| self.update(step))
    }

    fn act_eval(&mut self, observation: &[f32], _rng: &mut Rng) -> usize {
        argmax(self.actor.outputs(Weights::Online, observation))
    }

    fn estimate(&mut self, observation: &[f32], _step: u64) -> StateEstimate {
        let preferences = self.actor.outputs(Weights::Online, observation);
        let policy = certain(argmax(preferences), preferences.len());
        softmax(preferences, &mut self.scratch.probabilities);
        let followed: Vec<f64> = self.scratch.probabilities.iter().copied().map(f64::from).collect();
        let value = Value::State(self.critic.outputs(Weights::Online, observation)[0], followed.clone());
        StateEstimate { value, policy, followed }
    }

    fn functions(&self) -> Vec<(&'static str, &dyn Function)> {
        vec![("actor", self.actor.as_ref()), ("critic", self.critic.as_ref())]
    }

    fn functions_mut(&mut self) -> Vec<&mut dyn Function> {
        vec![self.actor.as_mut(), self.critic.as_mut()]
    }

    fn roles(&self) -> Roles {
        Roles { policy: 0, values: 1 }
    }

    fn extra_memory(&self) -> usize {
        let row = size_of::<f32>() * (2 * self.components + 1) + size_of::<usize>() + size_of::<Ending>();
        self.config.num_envs * self.config.n_steps * row
    }

    fn save_extras(&self, to: &mut StateWriter) {
        to.put(&(&self.rollouts, &self.explore, self.updates));
    }

    fn load_extras(&mut self, from: &mut StateReader<'_>) -> Result<(), StateError> {
        let (rollouts, explore, updates): (Vec<Rollout>, Rng, u64) = from.take()?;
        let fit = |rollout: &Rollout| rollout.fits(self.components, self.actions, self.config.n_steps);
        if rollouts.len() != self.rollouts.len() || !rollouts.iter().all(fit) {
            return Err(StateError("the state of an actor-critic with other environments or steps".to_owned()));
        }
        (self.rollouts, self.explore, self.updates) = (rollouts, explore, updates);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_has_its_share_of_the_unit_interval() {
        let p = [0.25, 0.5, 0.25];
        let drawn = [0.0, 0.249, 0.25, 0.749, 0.75, 1.0].map(|draw| choose(&p, draw));
        assert_eq!(drawn, [0, 0, 1, 1, 2, 2]);
    }

    /// The advantage of step t of one environment from its definition: the mean of the n-step advantages
    /// r + γ r' + … + γⁿ Ṽ(xₜ₊ₙ) − Ṽ(xₜ) weighted with (1 − λ) λⁿ⁻¹, and the last one with the remaining weight (Schulman et al.
    /// 2016, before eq. 16). n goes to the end of the episode, or of the rollout.
    fn by_definition(rollout: &Rollout, t: usize, values: &[f32], next_values: &[f32], gamma: f64, lambda: f64) -> f64 {
        let steps = rollout.endings.len();
        let last = (t..steps).find(|&k| rollout.endings[k].is_over()).unwrap_or(steps - 1);
        let n_step = |n: usize| {
            let rewards: f64 = (0..n).map(|k| gamma.powi(k as i32) * f64::from(rollout.rewards[t + k])).sum();
            let after = match rollout.endings[t + n - 1] {
                Ending::Terminated => 0.0,
                Ending::Truncated => f64::from(next_values[t + n - 1]),
                Ending::Continues => f64::from(*values.get(t + n).unwrap_or(&next_values[t + n - 1])),
            };
            rewards + gamma.powi(n as i32) * after - f64::from(values[t])
        };
        let longest = last - t + 1;
        let mean: f64 = (1..longest).map(|n| (1.0 - lambda) * lambda.powi(n as i32 - 1) * n_step(n)).sum();
        mean + lambda.powi(longest as i32 - 1) * n_step(longest)
    }

    #[test]
    fn advantages_of_several_environments_are_those_of_the_definition() {
        use rand::RngExt;
        let mut rng = stream(5, Stream::Rollout);
        let kinds = [Ending::Continues, Ending::Continues, Ending::Continues, Ending::Terminated, Ending::Truncated];
        let mut seen = [0; 3];
        for case in 0..300 {
            let (num_envs, n_steps) = (rng.random_range(1..5), rng.random_range(1..9));
            let mut number = || rng.uniform(-3.0, 3.0) as f32;
            let (mut rollouts, mut values, mut next_values) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..num_envs {
                let rewards: Vec<f32> = (0..n_steps).map(|_| number()).collect();
                let of_env: Vec<f32> = (0..n_steps).map(|_| number()).collect();
                let endings: Vec<Ending> = (0..n_steps).map(|_| kinds[(number().abs() * 1.66) as usize]).collect();
                // The next value of a step is the value of the next step, unless the episode ended there.
                let after = |t: usize, other: f32| match endings[t] {
                    Ending::Continues if t + 1 < n_steps => of_env[t + 1],
                    _ => other,
                };
                next_values.push((0..n_steps).map(|t| after(t, number())).collect::<Vec<f32>>());
                endings[..n_steps - 1].iter().for_each(|&ending| seen[ending as usize] += 1);
                rollouts.push(Rollout { rewards, endings, ..Rollout::default() });
                values.push(of_env);
            }
            let (gamma, lambda) = ([0.9, 0.99, 1.0][case % 3], [0.0, 0.5, 0.95, 1.0][case % 4]);
            let config = ActorCriticConfig { gamma, gae_lambda: lambda, ..ActorCriticConfig::default() };
            let mut found = Vec::new();
            find_advantages(&config, &rollouts, &values.concat(), &next_values.concat(), &mut found);
            assert_eq!(found.len(), num_envs * n_steps);
            for (index, found) in found.into_iter().enumerate() {
                let (env, t) = (index / n_steps, index % n_steps);
                let expected = by_definition(&rollouts[env], t, &values[env], &next_values[env], gamma, lambda);
                assert!((f64::from(found) - expected).abs() < 1e-4, "case {case}, {env}, {t}: {found}, not {expected}");
            }
        }
        assert!(seen.iter().all(|&count| count > 100), "episodes go on, terminate and are truncated inside: {seen:?}");
    }

    #[test]
    fn normalised_advantages_have_mean_zero_and_deviation_one() {
        let mut values = [1.0, 3.0, 5.0];
        normalize(&mut values);
        assert_eq!(values, [-1.0, 0.0, 1.0]);
        let mut lone = [7.0];
        normalize(&mut lone);
        assert_eq!(lone, [7.0]);
    }
}
