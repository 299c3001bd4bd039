//! How often each state is visited under a policy. Errors of a learner are weighted with it: it cannot learn what it never visits.

use crate::exact::unstopped;
use crate::{Stopped, TransitionModel, decision_states};

/// μ, the on-policy distribution of episodes (Sutton & Barto 2018, section 9.2, the box on page 199): the share of each state
/// among all states in which an action is taken, η(s) / Σ η(s'), where η(s) = h(s) + Σ η(s̄) Σ π(a | s̄) p(s | s̄, a) counts the
/// visits in an episode and h is the start distribution. The probability π(a | s) is `policy[s * actions + a]`. The result
/// sums to 1; it is 0 in states that are no decision states.
///
/// If episodes have a time limit T, η counts the visits of the first T steps, η(s) = Σ Pr(Sₜ = s) over t < T, as a learner
/// sees them. Without a limit, a policy whose episodes may never end has the limit of the shares as T grows.
///
/// Deviation: the book treats a discount as a probability of termination, with a factor γ in the sum. Learners here update at
/// every visit with the same weight, at any time of the episode, and visits are counted in the same way.
///
/// The cost is a sweep over all transitions for each step, until nearly all episodes are over, or until the shares of the states
/// no longer change: then the rest is a geometric series. If neither happens, as under a policy that moves in a circle for ever,
/// the count ends after 100,000 steps. With more than 2,000 transitions it ends earlier, after sweeps over 2·10⁸ transitions in
/// all, a few tenths of a second. Under a random walk, an open map of 56 by 56 cells is counted in full with its default limit of
/// four steps for each cell. On larger maps μ is that of the beginning of its episodes: with 100 by 100 cells, of the first 5,000
/// of 40,000 steps.
///
/// `None` if a probability is NaN, or episodes start in terminal states only.
///
/// # Panics
/// If `policy` has another length than states times actions.
pub fn on_policy_distribution(model: &TransitionModel, policy: &[f64]) -> Option<Vec<f64>> {
    unstopped(|stop| try_on_policy_distribution(model, policy, stop))
}

/// [`on_policy_distribution`] that can be stopped.
///
/// # Errors
/// If it was stopped.
///
/// # Panics
/// As [`on_policy_distribution`].
pub fn try_on_policy_distribution(
    model: &TransitionModel,
    policy: &[f64],
    stop: &dyn Fn() -> bool,
) -> Result<Option<Vec<f64>>, Stopped> {
    assert_eq!(policy.len(), model.states() * model.actions(), "a policy has one probability per state and action");
    let states = decision_states(model);
    let links: Vec<Link> = states.iter().flat_map(|&state| links(model, policy, state)).collect();
    // The probability that an episode is still running and is in this state.
    let mut running = vec![0.0; model.states()];
    model.start().iter().filter(|start| !model.is_terminal(start.0)).for_each(|&(state, p)| running[state] += p);
    let (mut next, mut visits) = (running.clone(), vec![0.0; model.states()]);
    let most = model.time_limit().map_or(f64::INFINITY, f64::from);
    for step in 1..=MAX_SWEEPS.min(MAX_LINKS / links.len().max(1)) {
        if stop() {
            return Err(Stopped);
        }
        add(&mut visits, &running, 1.0);
        next.fill(0.0);
        links.iter().for_each(|&Link { from, to, weight }| next[to] += weight * running[from]);
        let (before, after) = (running.iter().sum::<f64>(), next.iter().sum::<f64>());
        if !after.is_finite() {
            return Ok(None);
        }
        let left = most - step as f64;
        if after < NOBODY || left <= 0.0 {
            break;
        }
        let rate = after / before;
        let moved: f64 = running.iter().zip(&next).map(|(before, after)| (after - rate * before).abs()).sum();
        std::mem::swap(&mut running, &mut next);
        if moved <= UNMOVED * after {
            // From here on the shares do not change, and each step ends the same share of the episodes.
            let rest = geometric(rate, left);
            if rest == f64::INFINITY {
                visits = running;
            } else {
                add(&mut visits, &running, rest);
            }
            break;
        }
    }
    let all: f64 = visits.iter().sum();
    Ok((all > 0.0).then(|| visits.iter().map(|visits| visits / all).collect()))
}

/// The most steps that are counted one by one.
const MAX_SWEEPS: usize = 100_000;

/// The most transitions in all sweeps together.
const MAX_LINKS: usize = 200_000_000;

/// The share of the episodes that may still be running at the end of the count.
const NOBODY: f64 = 1e-14;

/// The largest change of the shares that counts as none: rounding causes as much.
const UNMOVED: f64 = 1e-14;

/// Σ π(a | from) p(to | from, a), of two states.
struct Link {
    from: usize,
    to: usize,
    weight: f64,
}

/// The links from this state to each state that an action may lead to.
fn links(model: &TransitionModel, policy: &[f64], state: usize) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    for action in 0..model.actions() {
        let chance = policy[state * model.actions() + action];
        for outcome in model.outcomes(state, action).iter().filter(|o| !o.terminated && !model.is_terminal(o.next)) {
            let weight = chance * outcome.probability;
            match links.iter_mut().find(|link| link.to == outcome.next) {
                Some(link) => link.weight += weight,
                None if weight != 0.0 => links.push(Link { from: state, to: outcome.next, weight }),
                None => {}
            }
        }
    }
    links
}

/// 1 + rate + rate² + … with so many terms, which may be infinitely many.
fn geometric(rate: f64, terms: f64) -> f64 {
    if 1.0 - rate < 1e-12 { terms } else { (1.0 - rate.powf(terms)) / (1.0 - rate) }
}

fn add(sum: &mut [f64], of: &[f64], times: f64) {
    sum.iter_mut().zip(of).for_each(|(sum, of)| *sum += times * of);
}
