#!/usr/bin/env python3
"""A hyperparameter search of RL Zoo with Optuna beside Tilde, on the same trials, by one command:

    python3 benches/peers/search.py
    python3 benches/peers/search.py --trials 20 --rounds 3

It installs RL Zoo (Stable-Baselines3, PyTorch and Optuna come with it, and pandas for its report) into a virtual environment of its own and builds Tilde.
RL Zoo then searches over its own space for DQN on CartPole-v1, at random and without pruning, two trials at the same time, 20,000
steps each, and ends each trial with 20 episodes. What it tried is read from its report, and Tilde makes the same trials: the same
networks, batch sizes, training frequencies, buffers, discounts, step sizes and exploration, on as many cores. So both do the same
number of environment steps and of gradient steps on networks of the same size.

The seconds of a round are those of the whole process, from its start to its report; both run one after the other, round by round.
It prints the median of both and the median of the ratios. What it does not say: which of them finds better settings. Tilde's
sampler takes no time that could be measured beside the trials, nor does Optuna's.
"""

import argparse
import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
ENVIRONMENT = REPOSITORY / "target" / "peers" / "zoo"
STEPS, EPISODES = 20_000, 20
NETWORKS = {"small": [64, 64], "medium": [256, 256], "big": [400, 300]}


def install():
    """RL Zoo's Python."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "rl_zoo3", "pandas"], check=True)
    return python


def build():
    """Tilde's program."""
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=REPOSITORY, check=True)
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    return target / "release" / "tilde"


def seconds(command, folder):
    """How long a command takes; its output is shown if it fails."""
    # One thread for each of the trials, as Tilde has; more would compete for the same cores.
    threads = {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1", "CUDA_VISIBLE_DEVICES": ""}
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env={**os.environ, **threads}, text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return time.perf_counter() - start


def zoo_search(python, folder, trials, jobs, seed):
    """A search of RL Zoo: its seconds, and what it tried."""
    command = [python, "-m", "rl_zoo3.train", "--algo", "dqn", "--env", "CartPole-v1", "-n", STEPS, "-optimize"]
    command += ["--n-trials", trials, "--n-jobs", jobs, "--sampler", "random", "--pruner", "none", "--n-evaluations", 1]
    command += ["--eval-episodes", EPISODES, "--no-optim-plots", "--seed", seed, "-f", folder, "--num-threads", 1, "--verbose", 0]
    taken = seconds(list(map(str, command)), folder)
    (report,) = folder.glob("dqn/report_*.csv")
    with report.open() as lines:
        return taken, list(csv.DictReader(lines))


def experiment(trials):
    """The same trials as variants of an experiment. What RL Zoo does not vary has the values of its own config for CartPole-v1."""
    variants = []
    for trial in trials:
        def of(name, read=float):
            return read(float(trial[f"params_{name}"]))

        frequency = of("train_freq", int)
        variants.append(f"""
[[variant]]
name = "trial-{trial['number']}"
[variant.algorithm.dqn]
gamma = {1.0 - of("one_minus_gamma")}
batch_size = {2 ** of("batch_size_pow", int)}
buffer_size = 100_000
learning_starts = 1_000
train_freq = {frequency}
gradient_steps = {max(frequency // of("subsample_steps", int), 1)}
target_update_interval = {of("target_update_interval", int)}
loss = "huber"
exploration = {{ initial = 1.0, final = {of("exploration_final_eps")}, fraction = {max(of("exploration_fraction"), 1e-3)} }}
[variant.approximator]
hidden = {NETWORKS[trial["params_net_arch"]]}
[variant.optimizer.adam]
learning_rate = {of("learning_rate")}
max_grad_norm = 10.0
""")
    return f"""name = "trials"
seeds = {{ first = 0, count = 1 }}
[budget]
steps = {STEPS}
evaluate_every = {STEPS}
evaluation_episodes = {EPISODES}
checkpoint_every = {STEPS}
[env.cart_pole]
time_limit = 500
""" + "".join(variants)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    given = parser.parse_args()
    python, tilde = install(), build()
    rounds = []
    for number in range(given.rounds):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            zoo, trials = zoo_search(python, folder, given.trials, given.jobs, number)
            config = folder / "trials.toml"
            config.write_text(experiment(trials))
            ours = seconds([tilde, "train", config, "--out", folder / "out", "--jobs", str(given.jobs), "--quiet"], folder)
            ours += seconds([tilde, "report", folder / "out" / "trials", "--no-media"], folder)
            rounds.append((zoo, ours))
            print(f"round {number + 1}: RL Zoo {zoo:.1f} s, Tilde {ours:.1f} s, ratio {zoo / ours:.0f}", flush=True)
    zoo, ours = (statistics.median(column) for column in zip(*rounds))
    ratio = statistics.median(zoo / ours for zoo, ours in rounds)
    print(f"{given.trials} trials of {STEPS} steps, {given.jobs} at the same time: RL Zoo {zoo:.1f} s, Tilde {ours:.1f} s, "
          f"median ratio {ratio:.0f}")


if __name__ == "__main__":
    main()
