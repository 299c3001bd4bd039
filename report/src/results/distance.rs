//! How far learned values are from the exact solution.

use serde::{Deserialize, Serialize};

/// The distances of an agent from the exact solution; those that do not exist are `None`.
///
/// Learned values are compared with the true values of what the agent learns, [`TrueValues`]. States are those in which an episode
/// can ask for an action. With γ = 1 true values may be infinite, or take more sweeps than the solver makes: those of a random
/// policy on 50 by 50 cells do. Distances from them are `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Distance {
    /// Root mean squared error of the values. All states have the same weight, and for action values all actions too.
    pub value_rmse: Option<f64>,
    /// The largest of these errors.
    pub value_max_error: Option<f64>,
    /// V* − Vπ at the start of an episode, where π is the policy that evaluations follow. An optimal policy has a regret of 0.
    pub regret: Option<f64>,
    /// Root mean squared error of the values, weighted by how often training meets a state and an action under the current policy,
    /// with its exploration and the time limit: a state by its share μ of all visits in an episode, an action by its probability
    /// there. For state values it is the root of the value error VE of Sutton & Barto 2018, eq. 9.1. (For DQN, μ is that of the
    /// current policy, not of the replay buffer's older transitions.)
    ///
    /// At most 2·10⁸ transitions are followed to count visits. A map of more than some 56 by 56 cells, with a time limit of four
    /// steps for each and a policy that moves at random, takes more. There μ is that of the first part of an episode: on 100 by
    /// 100 cells, of the first 5,000 of 40,000 steps.
    pub value_rmse_on_policy: Option<f64>,
    /// Root mean squared Bellman error with the same weights (Sutton & Barto 2018, section 11.4, eq. 11.18 and 11.19): of the
    /// optimality equation where the truth is Q*, else of the equation of the policy.
    pub bellman_rmse: Option<f64>,
    /// What the values are compared with; `None` where the agent learns no values.
    pub truth: Option<TrueValues>,
}

/// The true values that learned values are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrueValues {
    /// Q*, the optimal action values: for Q-learning, DQN, and Expected Sarsa with a greedy target.
    QStar,
    /// Qπ of the policy that is followed, exploration included; it changes while the agent learns. For Sarsa and Expected Sarsa.
    QPi,
    /// Vπ of the policy that is followed: for TD prediction, where the policy is given, and for the actor–critic, where it changes.
    VPi,
}

impl TrueValues {
    /// All of them.
    pub const ALL: [TrueValues; 3] = [TrueValues::QStar, TrueValues::QPi, TrueValues::VPi];

    /// The name in the result files.
    pub fn id(self) -> &'static str {
        match self {
            TrueValues::QStar => "q_star",
            TrueValues::QPi => "q_pi",
            TrueValues::VPi => "v_pi",
        }
    }
}
