//! The environment of a trained run with some settings changed.

use tilde_envs::EnvConfig;

use super::LoadedRun;
use crate::config::changed_env;

impl LoadedRun {
    /// The run's environment in its wrappers, with changed settings, each `env.KEY=VALUE`.
    ///
    /// # Errors
    /// If there is no such setting, a value cannot be used, or the agent was trained for other observations or actions.
    pub fn changed_env(&self, changes: &[String]) -> Result<EnvConfig, String> {
        let env = self.config.wrappers.around_env(&changed_env(&self.config.env, changes)?);
        let build = |env: &EnvConfig| env.build().expect("a checked environment builds");
        let (trained, changed) = (build(&self.config.environment()), build(&env));
        let differs = |what: &str, before: String, after: String| {
            Err(format!(
                "the agent was trained for {what} {before}, and the changed environment has {after}: leave out the --set that \
                 changes it"
            ))
        };
        let spaces = (trained.observation_space(), changed.observation_space());
        if spaces.0 != spaces.1 {
            return differs("the observation space", spaces.0.to_string(), spaces.1.to_string());
        }
        if trained.actions() != changed.actions() {
            return differs("a number of actions of", trained.actions().to_string(), changed.actions().to_string());
        }
        Ok(env)
    }
}
