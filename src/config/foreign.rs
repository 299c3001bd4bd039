//! Names of settings in other libraries, mostly Stable-Baselines3. When one of them appears as an unknown key, the
//! error names our setting of the same meaning. The key of ours that is spelled most like it often means something
//! else.

/// A name, the slot in which this entry applies (everywhere, if empty), and what to write instead.
const NAMES: [(&str, &str, &str); 21] = [
    ("lr", "optimizer", "`learning_rate`"),
    ("lr", "", LEARNING_RATE),
    ("learning_rate", "", LEARNING_RATE),
    ("net_arch", "", "`hidden` in `[approximator]`, such as hidden = [64, 64]"),
    ("activation_fn", "", "`activation` in `[approximator]`, such as activation = \"tanh\""),
    ("policy", "", APPROXIMATOR),
    ("policy_kwargs", "", APPROXIMATOR),
    ("n_envs", "", "`num_envs` in the table of the algorithm, such as `[algorithm.dqn]`"),
    ("exploration_fraction", "", EXPLORATION),
    ("exploration_initial_eps", "", EXPLORATION),
    ("exploration_final_eps", "", EXPLORATION),
    ("total_timesteps", "budget", "`steps`"),
    ("total_timesteps", "", "`steps` in `[budget]`"),
    ("eval_freq", "", "`evaluate_every` in `[budget]`, in environment steps"),
    ("n_eval_episodes", "", "`evaluation_episodes` in `[budget]`"),
    ("max_grad_norm", "", "`max_grad_norm` in the table of the optimizer, such as `[optimizer.adam]`"),
    ("use_rms_prop", "", RMSPROP),
    ("rms_prop_eps", "", RMSPROP),
    ("vf_coef", "", "`critic_optimizer`: the critic has an optimizer of its own, whose learning rate weighs its loss"),
    ("verbose", "", "the option `--quiet`, or the variable RUST_LOG=debug"),
    ("seed", "", "`seeds` at the top, such as seeds = [0]"),
];

const LEARNING_RATE: &str = "`learning_rate` in the table of the optimizer, such as `[optimizer.adam]`";
const APPROXIMATOR: &str = "the table `[approximator]`, with `features`, `hidden` and `activation`";
const EXPLORATION: &str =
    "one table in that of the algorithm, such as exploration = { initial = 1.0, final = 0.05, fraction = 0.1 }";

const RMSPROP: &str = "the optimizer `[optimizer.rmsprop]`, with `epsilon`";

/// What to write instead of the unknown key `name` in the slot `slot`, if it is a setting of another library.
pub fn meant(slot: &str, name: &str) -> Option<&'static str> {
    let mut found = NAMES.iter().filter(|(foreign, part, _)| *foreign == name && (part.is_empty() || *part == slot));
    found.next().map(|(_, _, ours)| *ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_name_means_depends_on_its_slot() {
        assert_eq!(meant("optimizer", "lr"), Some("`learning_rate`"));
        assert_eq!(meant("algorithm", "lr"), Some(LEARNING_RATE));
        assert_eq!(meant("algorithm", "use_rms_prop"), Some(RMSPROP));
        assert_eq!(meant("budget", "total_timesteps"), Some("`steps`"));
        assert_eq!(meant("algorithm", "batch_siz"), None);
    }
}
