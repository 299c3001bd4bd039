"""Writes updates.json: what an advantage actor-critic does with given weights and transitions, for tests/actor_critic.rs.

    python -m venv venv && venv/bin/pip install numpy && venv/bin/python make.py

Nothing here is shared with the Rust code, and no derivative is worked out: gradients are complex-step derivatives of the
objectives as they are written down, Im f(w + ih) / h, which are exact to the last digits of double precision. Advantages
are the weighted means of n-step returns that define them (Schulman et al. 2016, the text above eq. 16), not a recursion.
"""

import json
from pathlib import Path

import numpy as np

COMPONENTS, HIDDEN, ACTIONS = 3, 4, 3
H = 1e-30


def outputs(w, x, count):
    """y [B, count] of a network with one hidden layer of tanh: weights [in, out] and biases of each layer in a row."""
    sizes = [(COMPONENTS, HIDDEN), (HIDDEN, count)]
    at = 0
    for layer, (width, height) in enumerate(sizes):
        weights = w[at : at + width * height].reshape(width, height)
        biases = w[at + width * height : at + (width + 1) * height]
        at += (width + 1) * height
        x = x @ weights + biases
        x = np.tanh(x) if layer == 0 else x
    return x


def parameters(count):
    return (COMPONENTS + 1) * HIDDEN + (HIDDEN + 1) * count


def log_policy(w, x):
    preferences = outputs(w, x, ACTIONS)
    return preferences - np.log(np.exp(preferences).sum(axis=1, keepdims=True))


def td_loss(error, kind):
    if kind == "mse":
        return error**2 / 2
    size = error * np.sign(error.real)
    return np.where(size.real <= 1, error**2 / 2, size - 0.5)


def gradient(f, w):
    steps = [w + 1j * H * np.eye(len(w))[i] for i in range(len(w))]
    return np.array([f(step).imag / H for step in steps])


def advantage(rollout, t, value, next_value, gamma, lam):
    """The mean of the n-step advantages of step t, n to the end of the episode or of the rollout, weighted by lambda."""
    end = t
    while rollout[end]["ending"] == "continues" and end + 1 < len(rollout):
        end += 1
    total = end - t + 1

    def n_step(n):
        rewards = sum(gamma**k * rollout[t + k]["reward"] for k in range(n))
        last = t + n - 1
        after = 0.0 if rollout[last]["ending"] == "terminated" else next_value[last]
        return rewards + gamma**n * after - value[t]

    shares = [(1 - lam) * lam ** (n - 1) for n in range(1, total)] + [lam ** (total - 1)]
    return sum(share * n_step(n) for n, share in enumerate(shares, start=1))


class Sgd:
    def __init__(self, rate):
        self.rate = rate

    def step(self, w, g):
        return w - self.rate * g


class Adam:
    def __init__(self, rate):
        self.rate, self.t, self.m, self.v = rate, 0, 0.0, 0.0

    def step(self, w, g):
        self.t += 1
        self.m = 0.9 * self.m + 0.1 * g
        self.v = 0.999 * self.v + 0.001 * g**2
        m, v = self.m / (1 - 0.9**self.t), self.v / (1 - 0.999**self.t)
        return w - self.rate * m / (np.sqrt(v) + 1e-8)


def clipped(g, limit):
    norm = np.linalg.norm(g)
    return g * (limit / norm) if limit is not None and norm > limit else g


def rollouts(rng, envs, updates, n_steps):
    """`updates` lists of one list of transitions per environment; episodes go on from one to the next."""
    observation = [rng.uniform(-1, 1, COMPONENTS) for _ in range(envs)]
    endings = ["continues", "continues", "terminated", "truncated"]
    result = []
    for _ in range(updates):
        result.append([[] for _ in range(envs)])
        for env in range(envs):
            for _ in range(n_steps):
                following, ending = rng.uniform(-1, 1, COMPONENTS), endings[rng.integers(4)]
                result[-1][env].append(
                    {
                        "observation": np.float32(observation[env]).tolist(),
                        "action": int(rng.integers(ACTIONS)),
                        "reward": float(np.float32(rng.normal(0, 2))),
                        "next_observation": np.float32(following).tolist(),
                        "ending": ending,
                    }
                )
                observation[env] = following if ending == "continues" else rng.uniform(-1, 1, COMPONENTS)
    return result


def case(name, seed, optimizer, max_grad_norm, **settings):
    rng = np.random.default_rng(seed)
    gamma, lam, envs, n_steps = settings["gamma"], settings["gae_lambda"], settings["num_envs"], settings["n_steps"]
    actor = np.float64(np.float32(rng.normal(0, 0.7, parameters(ACTIONS))))
    critic = np.float64(np.float32(rng.normal(0, 0.7, parameters(1))))
    start = {"actor": actor.tolist(), "critic": critic.tolist()}
    of_actor, of_critic = optimizer(settings["actor_rate"]), optimizer(settings["critic_rate"])
    updates = []
    for batch in rollouts(rng, envs, 3, n_steps):
        flat = [step for rollout in batch for step in rollout]
        x, after = (np.array([step[key] for step in flat]) for key in ("observation", "next_observation"))
        actions = [step["action"] for step in flat]
        value, next_value = (outputs(critic, at, 1)[:, 0].reshape(envs, n_steps) for at in (x, after))
        advantages = np.array(
            [
                advantage(batch[env], t, value[env], next_value[env], gamma, lam)
                for env in range(envs)
                for t in range(n_steps)
            ]
        )
        targets = advantages + value.reshape(-1)

        def of_values(w):
            return td_loss(targets - outputs(w, x, 1)[:, 0], settings["loss"]).mean()

        weights = advantages
        if settings["normalize_advantage"]:
            weights = (weights - weights.mean()) / (weights.std(ddof=1) + 1e-8)

        def of_policy(w):
            log_p = log_policy(w, x)
            entropy = -(np.exp(log_p) * log_p).sum(axis=1)
            return -(weights * log_p[np.arange(len(actions)), actions] + settings["ent_coef"] * entropy).mean()

        loss, down, up = of_values(critic + 0j).real, gradient(of_values, critic), gradient(of_policy, actor)
        critic = of_critic.step(critic, clipped(down, max_grad_norm))
        actor = of_actor.step(actor, clipped(up, max_grad_norm))
        updates.append(
            {
                "transitions": batch,
                "loss": loss,
                "grad_norm": float(np.sqrt((down**2).sum() + (up**2).sum())),
                "actor": actor.tolist(),
                "critic": critic.tolist(),
            }
        )
    shown = {"name": name, "optimizer": optimizer.__name__.lower(), "max_grad_norm": max_grad_norm, **settings}
    return {**shown, "start": start, "updates": updates}


CASES = [
    case(
        "n-step returns",
        1,
        Sgd,
        None,
        gamma=0.9,
        gae_lambda=1.0,
        num_envs=2,
        n_steps=4,
        ent_coef=0.0,
        normalize_advantage=False,
        loss="mse",
        actor_rate=0.125,
        critic_rate=0.0625,
    ),
    case(
        "generalised advantages, normalised, with entropy, Huber and clipping",
        2,
        Adam,
        0.25,
        gamma=0.95,
        gae_lambda=0.75,
        num_envs=3,
        n_steps=5,
        ent_coef=0.125,
        normalize_advantage=True,
        loss="huber",
        actor_rate=0.015625,
        critic_rate=0.03125,
    ),
    case(
        "one step, clipped",
        3,
        Sgd,
        0.5,
        gamma=0.99,
        gae_lambda=0.0,
        num_envs=4,
        n_steps=1,
        ent_coef=0.03125,
        normalize_advantage=False,
        loss="mse",
        actor_rate=0.5,
        critic_rate=0.5,
    ),
]

if __name__ == "__main__":
    content = {"made_by": f"NumPy {np.__version__}", "cases": CASES}
    (Path(__file__).parent / "updates.json").write_text(json.dumps(content, indent=1) + "\n")
