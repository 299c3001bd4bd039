"""DQN with RL Zoo's settings on LunarLander-v3, 100,000 steps: the return and the seconds of Stable-Baselines3 and of Tilde.

    cargo build --release
    .venv/bin/python benches/peers/lunar_lander.py [--seeds 10] [--first 0] [--only sb3|tilde]

Needs gymnasium[box2d]==1.4.* and stable-baselines3. The two take turns, one seed at a time, each with one thread. A score is the mean
return of 20 greedy episodes after the last step. The seconds are those of training, the start of the program not included for
Stable-Baselines3, and included for Tilde.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
STEPS, EPISODES = 100_000, 20

SB3 = f"""
import json, sys, time, torch
torch.set_num_threads(1)
from stable_baselines3 import DQN
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.monitor import Monitor
import gymnasium
seed = int(sys.argv[1])
model = DQN("MlpPolicy", Monitor(gymnasium.make("LunarLander-v3")), learning_rate=6.3e-4, batch_size=128, buffer_size=50_000,
            learning_starts=0, gamma=0.99, target_update_interval=250, train_freq=4, gradient_steps=-1,
            exploration_fraction=0.12, exploration_final_eps=0.1, policy_kwargs=dict(net_arch=[256, 256]), seed=seed,
            device="cpu")
start = time.perf_counter()
model.learn({STEPS})
seconds = time.perf_counter() - start
test = Monitor(gymnasium.make("LunarLander-v3"))
test.reset(seed=1_000_000 + seed)
score, _ = evaluate_policy(model, test, n_eval_episodes={EPISODES})
print(json.dumps([seconds, float(score)]))
"""


def sb3(seed: int, _) -> list[float]:
    done = subprocess.run([sys.executable, "-c", SB3, str(seed)], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def tilde(seed: int, program: pathlib.Path) -> list[float]:
    with tempfile.TemporaryDirectory() as out:
        command = [program, "train", HERE / "lunar_lander.toml", "--seeds", str(seed), "--jobs", "1", "--out", out, "--quiet"]
        command += ["--set", f"env.gymnasium.python={sys.executable}"]
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - start
        summary = json.loads(pathlib.Path(out, "lunar-lander", "default", f"seed-{seed}", "summary.json").read_text())
        return [seconds, summary["final_evaluation"]["mean"]]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", choices=["sb3", "tilde"])
    parser.add_argument("--program", type=pathlib.Path, default="target/release/tilde")
    arguments = parser.parse_args()
    programs = {"sb3": sb3, "tilde": tilde}
    programs = {name: run for name, run in programs.items() if arguments.only in (None, name)}
    results = {name: [] for name in programs}
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        for name, run in programs.items():
            seconds, score = run(seed, arguments.program)
            results[name].append((seconds, score))
            print(f"seed {seed}  {name:<6} {seconds:7.1f} s  return {score:7.1f}", flush=True)
    for name, pairs in results.items():
        seconds, scores = zip(*pairs)
        mean, median = statistics.mean(scores), statistics.median(scores)
        print(f"{name:<6} median {statistics.median(seconds):7.1f} s   return: mean {mean:7.1f}, median {median:7.1f}")
    if len(results) == 2:
        ratios = [slow / fast for (slow, _), (fast, _) in zip(results["sb3"], results["tilde"])]
        print(f"Tilde is {statistics.median(ratios):.1f} times as fast (median of the pairs)")


main()
