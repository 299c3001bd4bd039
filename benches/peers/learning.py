#!/usr/bin/env python3
"""How often other people's settings for CartPole-v1 learn to keep the pole up, with Tilde and with peers:

    python3 benches/peers/learning.py --seeds 20

A run's score is the mean return of 20 greedy episodes after its last step, and a run has learned with 475 or more of
500. Peers are installed and Tilde is built as by `compare.py`. Twenty seeds take 20 to 45 minutes on two cores of a
server, most of which are Stable-Baselines3's.

The JAX program is the one that `compare.py` measures. It draws other random numbers than Tilde and shares no code
with it: where both fail as often, the settings are the reason. (Its exploration falls from the first gradient step on,
in CleanRL's program from the first step of the environment.) In each table the seeds of a program are the same.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import compare

HERE = compare.HERE
EPISODES, LEARNED = 20, 475
UPDATES = 49_000
# What is vectorised over in one process of JAX.
TOGETHER = 10


def main():
    parser = argparse.ArgumentParser(description="How often other people's settings learn: measure, and print a table.")
    parser.add_argument("--seeds", type=int, default=20, help="runs of each, of JAX rounded up to tens (default: 20)")
    parser.add_argument("--first", type=int, default=200, help="the first seed (default: 200)")
    parser.add_argument("--only", default="", metavar="TEXT", help="only rows with this in their name")
    parser.add_argument("--venv", type=Path, default=compare.TARGET / "venv", help="where the peers are installed")
    options = parser.parse_args()
    compare.TARGET.mkdir(parents=True, exist_ok=True)
    python, (tilde, _) = compare.install(options.venv), compare.build()
    seeds = range(options.first, options.first + options.seeds)
    in_ten = ["--set", "algorithm.dqn.num_envs=10"]
    limit_is_end = ["--set", "algorithm.dqn.handle_timeout_termination=false"]
    rows = {
        "CleanRL's, Tilde": lambda: ours(tilde, "cleanrl_dqn.toml", seeds, []),
        "CleanRL's, JAX": lambda: peers(python, "jax", seeds, TOGETHER, "goes-on", 1),
        "CleanRL's, ten environments, Tilde": lambda: ours(tilde, "cleanrl_dqn.toml", seeds, in_ten),
        "CleanRL's, ten environments, JAX": lambda: peers(python, "jax", seeds, TOGETHER, "goes-on", 10),
        "CleanRL's, ten environments, limit is an end, Tilde": lambda: ours(
            tilde, "cleanrl_dqn.toml", seeds, in_ten + limit_is_end
        ),
        "CleanRL's, ten environments, limit is an end, JAX": lambda: peers(python, "jax", seeds, TOGETHER, "ends", 10),
        "RL Zoo's, Tilde": lambda: ours(tilde, "zoo_dqn.toml", seeds, []),
        "RL Zoo's, Stable-Baselines3": lambda: peers(python, "sb3", seeds, 1),
    }
    print("| settings | runs | 475 or more | 95 % interval | worst |\n| --- | --- | --- | --- | --- |", flush=True)
    for name, scores in rows.items():
        if options.only in name:
            print(row(name, scores()), flush=True)


def row(name, scores):
    learned = sum(score >= LEARNED for score in scores)
    low, high = wilson(learned, len(scores))
    worst = ", ".join(f"{score:.0f}" for score in sorted(scores)[:3])
    return f"| {name} | {len(scores)} | {learned} | {100 * low:.0f} to {100 * high:.0f} % | {worst} |"


def wilson(successes, runs, z=1.96):
    """The score interval of a share (Wilson 1927)."""
    share, weight = successes / runs, z * z / runs
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * math.sqrt(share * (1 - share) / runs + weight / (4 * runs))
    return middle - half, middle + half


def ours(tilde, config, seeds, arguments):
    """Final scores of one `tilde train`."""
    with tempfile.TemporaryDirectory(dir=compare.TARGET) as folder:
        chosen = ["--seeds", f"{seeds.start}..{seeds.stop}", "--set", f"budget.evaluation_episodes={EPISODES}"]
        command = [tilde, "train", HERE / config, "--out", folder, "-q", *chosen, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        summaries = [json.loads(path.read_text()) for path in Path(folder).glob("*/*/seed-*/summary.json")]
        # A run that diverged has no final evaluation, and has not learned.
        return [(summary["final_evaluation"] or {"mean": 0.0})["mean"] for summary in summaries]


def peers(python, library, seeds, together, *arguments):
    """Final scores of a peer's runs, in one process for each core, with `together` seeds each time."""

    def some(first):
        command = [python, Path(__file__), library, first, together, *arguments]
        return json.loads(compare.finish(compare.start(list(map(str, command)), (0, 1), compare.ONE_THREAD)))

    with ThreadPoolExecutor(2) as both:
        return [score for scores in both.map(some, seeds[::together]) for score in scores]


# In a process of a peer's own


def jax_scores(first, count, limit, envs):
    """Final scores of the JAX program's runs, all in one."""
    import jax
    import jax.numpy as jnp

    import common
    import purejax_dqn
    from jax_dqn import q_values

    limit_is_end = limit == "ends"

    def score(key):
        for_run, for_start = jax.random.split(key)
        run = purejax_dqn.start_of_run(for_run, common.BUFFER, limit_is_end, envs)
        layers = purejax_dqn.learn(run, UPDATES, limit_is_end)["layers"]
        states = jax.random.uniform(for_start, (EPISODES, 4), minval=-0.05, maxval=0.05)

        def step(carry, _):
            states, up = carry
            actions = q_values(layers, states).argmax(axis=-1)
            states, terminated = jax.vmap(purejax_dqn.cart_pole)(states, actions)
            return (states, up & ~terminated), up.mean()

        start = (states, jnp.ones(EPISODES, dtype=bool))
        return jax.lax.scan(step, start, None, length=purejax_dqn.TIME_LIMIT)[1].sum()

    keys = jax.vmap(jax.random.key)(jnp.arange(first, first + count))
    return jax.jit(jax.vmap(score))(keys).tolist()


def sb3_scores(first, count):
    """Final scores of Stable-Baselines3's runs, one after another."""
    from stable_baselines3.common.evaluation import evaluate_policy

    from sb3_dqn import zoo_model

    def score(seed):
        model = zoo_model("sb3", seed).learn(50_000)
        return float(evaluate_policy(model, model.get_env(), n_eval_episodes=EPISODES, deterministic=True)[0])

    return [score(seed) for seed in range(first, first + count)]


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["jax", first, count, limit, envs]:
            print(json.dumps(jax_scores(int(first), int(count), limit, int(envs))))
        case ["sb3", first, count]:
            print(json.dumps(sb3_scores(int(first), int(count))))
        case _:
            main()
