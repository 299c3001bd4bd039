#!/usr/bin/env python3
"""Tilde beside PyTorch, JAX, Stable-Baselines3 and SBX, on this machine, by one command:

    python3 benches/peers/compare.py
    python3 benches/peers/compare.py --only gradient-step,lockstep --rounds 5

It installs the peers into a virtual environment of its own (about 6 GB with the build of PyTorch that pip finds
by name, which brings what a GPU needs; nothing here uses one), builds Tilde, measures, prints tables, and
writes all single results to `target/peers/results.json`. After installing and building, three rounds take about
25 minutes on two cores of a server. PyTorch compiles with a C++ compiler, and is reported as missing where
there is none.

- `gradient-step`: one complete step: sample from 10,000 rows, two forward passes, MSE, backward, Adam. One
  core, one thread. Median and first decile of a second or more: the latter is what a step takes when nothing else is
  in the way, on a machine that others use too. Beside them the time that the products' arithmetic alone would take at
  the peak of this core, which is measured too.
- `conv-step`: the same of a convolutional network for observations of MinAtar's shape: 10×10×4, 16 filters of 3×3, 128
  hidden units, 6 actions; a batch of 32.
- `whole-run`: environment steps per second in CleanRL's settings for CartPole-v1, while learning. One core, one thread.
- `lockstep`: the same with ten environments that step together, and one gradient step each time. One core, one thread.
- `seeds`: the same for eight seeds, the steps of all of them. Two cores.
- `zoo`: seconds for RL Zoo's 50,000 steps of CartPole-v1. Peers on one core, and on two with their own number of
  threads (which is not always faster); Tilde on one. Stable-Baselines3 takes minutes and is measured once.

Tilde and its peers run one after another, again and again (`--rounds`), so that what else happens on the
machine hits all of them; a number is the median over the rounds, and of first deciles the least. Processes are pinned by `taskset`. Starting
and compiling are left out and told separately, except for Tilde in `zoo`, where the whole process counts.
Tilde's steps per second come from two runs of different length, the shorter of which ends where learning
starts: what both have in common cancels.

What the numbers do not say: how well anything learns (the algorithms are the same, random numbers and details
differ: Stable-Baselines3 and SBX use the Huber loss, and SBX does not clip gradients), how peers do with larger
networks or on a GPU, or how fast they log, evaluate and write checkpoints: the loops here do nothing of it, and
Tilde as little as it can. CleanRL's and PureJaxRL's programs are not run; the loops are written in their
manner.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True  # this folder is to stay free of compiled files

import common

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
TARGET = REPOSITORY / "target" / "peers"
PACKAGES = ["torch", "jax", "flax", "optax", "gymnasium", "stable-baselines3", "sbx-rl"]

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
# JAX looks for other devices otherwise, and says so; and peers are not to leave compiled files here either.
ALWAYS = {"JAX_PLATFORMS": "cpu", "PYTHONDONTWRITEBYTECODE": "1"}

# Steps of Tilde's longer run, and of the shorter one, which ends where learning starts.
LONG, SHORT = 200_000, 10_000
SEEDS = 8
# Benchmarks that it runs, and networks and batches of gradient steps.
BENCHES = ["gradient_step", "peak"]
# The engine of Tilde's that computes each part's networks, as the benchmark `gradient_step` names it.
ENGINES = {"gradient-step": "host", "conv-step": "burn"}
# The beginnings of names of what is always measured.
NO_PEERS = ("Tilde", "the arithmetic")
# Minutes long, and so measured in the first round only.
ONCE = {"Stable-Baselines3, one core", "Stable-Baselines3, two cores"}


class Missing(Exception):
    """What could not be measured, and why."""


def main():
    options = arguments()
    TARGET.mkdir(parents=True, exist_ok=True)
    python = install(options.venv)
    tilde, benches = (options.tilde, newest_benches()) if options.no_build else build()
    results = {"machine": machine(), "versions": versions(python, tilde), "rounds": options.rounds, "parts": {}}
    print(f"{results['machine']}\n\n" + ", ".join(f"{name} {version}" for name, version in results["versions"].items()))
    contenders = all_contenders(python, tilde, benches)
    for part in options.only:
        title, units, faster_is, entries = contenders[part]
        entries = {name: run for name, run in entries.items() if options.against in name or name.startswith(NO_PEERS)}
        results["parts"][part] = measured = measure(part, entries, options.rounds)
        print(f"\n## {title}")
        for unit in units:
            print(f"\n{table(measured, unit, faster_is)}", flush=True)
        (TARGET / "results.json").write_text(json.dumps(results, indent=1) + "\n")


def arguments():
    parts = ["gradient-step", "conv-step", "whole-run", "lockstep", "seeds", "zoo"]

    def some_parts(text):
        chosen = text.split(",")
        if not set(chosen) <= set(parts):
            raise argparse.ArgumentTypeError(f"parts are {', '.join(parts)}")
        return chosen

    parser = argparse.ArgumentParser(description="Tilde beside its peers: measure, and print tables.")
    parser.add_argument("--only", type=some_parts, default=parts, metavar="PART,…", help=f"of {', '.join(parts)}")
    parser.add_argument("--against", default="", metavar="TEXT", help="only peers with this in their name")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured (default: 3)")
    parser.add_argument("--venv", type=Path, default=TARGET / "venv", help="where the peers are installed")
    parser.add_argument("--no-build", action="store_true", help="take what is built already")
    default = REPOSITORY / "target" / "release" / "tilde"
    parser.add_argument("--tilde", type=Path, default=default, help="the program, with --no-build")
    return parser.parse_args()


# Installing and building


def install(venv):
    python = venv / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    if set(PACKAGES) - installed(python).keys():
        print(f"installing {', '.join(PACKAGES)} into {venv}", file=sys.stderr)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


def installed(python):
    listed = subprocess.run([python, "-m", "pip", "list", "--format=json"], check=True, capture_output=True, text=True)
    # A name may be listed with underscores.
    return {package["name"].replace("_", "-"): package["version"] for package in json.loads(listed.stdout)}


def build():
    """Tilde and its benchmarks, the latter found among the artifacts that cargo names."""
    subprocess.run(["cargo", "build", "--release"], cwd=REPOSITORY, check=True)
    chosen = [word for name in BENCHES for word in ("--bench", name)]
    command = ["cargo", "bench", "-p", "tilde-benches", *chosen, "--no-run", "--message-format=json"]
    output = subprocess.run(command, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE, text=True).stdout
    messages = map(json.loads, output.splitlines())
    artifacts = [message for message in messages if message["reason"] == "compiler-artifact"]
    programs = {artifact["target"]["name"]: artifact["executable"] for artifact in artifacts}
    return REPOSITORY / "target" / "release" / "tilde", {name: Path(programs[name]) for name in BENCHES}


def newest_benches():
    def newest(name):
        found = [path for path in (REPOSITORY / "target/release/deps").glob(f"{name}-*") if not path.suffix]
        return max(found, key=lambda path: path.stat().st_mtime, default=None)

    return {name: newest(name) for name in BENCHES}


def machine():
    processor = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        processor = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), processor)
    return f"{processor}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def versions(python, tilde):
    ours = subprocess.run([tilde, "--version"], check=True, capture_output=True, text=True).stdout.split()[-1]
    packages = installed(python)
    return {"tilde": ours} | {name: packages[name] for name in [*PACKAGES, "jaxlib", "numpy"] if name in packages}


# Running


def start(command, cores, environment):
    """Starts a process on these cores, where the system can hold it there."""
    pin = None
    if shutil.which("taskset"):
        command = ["taskset", "-c", ",".join(map(str, cores)), *command]
    elif hasattr(os, "sched_setaffinity"):
        pin = lambda: os.sched_setaffinity(0, cores)
    else:
        print("no way to pin a process to a core here: these numbers are less certain", file=sys.stderr)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, env=os.environ | ALWAYS | environment, preexec_fn=pin, **streams)


def finish(process):
    output, errors = process.communicate()
    if process.returncode != 0:
        lines = (errors.strip() or output.strip() or f"exit code {process.returncode}").splitlines()
        raise Missing(lines[-1])
    return output


def peer(python, *arguments, cores=(0,), environment=ONE_THREAD):
    """What a peer's program reports in its last line."""
    script, *rest = map(str, arguments)
    process = start([python, HERE / script, *rest], cores, environment)
    return json.loads(finish(process).splitlines()[-1])


def one_process_per_core(python, seeds, updates):
    """Two processes beside each other: their steps per second together, and the longer of their waits."""
    command = [python, HERE / "purejax_dqn.py", str(seeds), str(updates)]
    processes = [start(command, (core,), ONE_THREAD) for core in (0, 1)]
    with ThreadPoolExecutor() as waiting:
        outputs = list(waiting.map(finish, processes))
    reports = [json.loads(output.splitlines()[-1]) for output in outputs]
    result = {key: max(report[key] for report in reports) for key in reports[0]}
    return result | {"steps_per_second": sum(report["steps_per_second"] for report in reports)}


def ours(tilde, config, *arguments, cores=(0,), jobs=1):
    """The seconds that a whole `tilde train` takes."""
    with tempfile.TemporaryDirectory(dir=TARGET) as folder:
        command = [tilde, "train", HERE / config, "--out", folder, "--overwrite", "-q", "--jobs", str(jobs), *arguments]
        begin = time.perf_counter()
        finish(start(command, cores, {}))
        return time.perf_counter() - begin


def our_steps_per_second(tilde, *arguments, seeds=1, **where):
    def seconds(steps):
        return ours(tilde, "cleanrl_dqn.toml", "--set", f"budget.steps={steps}", *arguments, **where)

    short, long = seconds(SHORT), seconds(LONG)
    rate = seeds * (LONG - SHORT) / (long - short)
    return {"steps_per_second": rate, "startup_seconds": short, "compile_seconds": 0.0}


def criterion(bench, *arguments):
    """Runs a benchmark, and returns the folder of its results."""
    if bench is None:
        raise Missing("the benchmark is not built")
    home = TARGET / "criterion"
    shutil.rmtree(home, ignore_errors=True)  # what an earlier round left would look like this one's
    command = [bench, "--bench", "--noplot", "--warm-up-time", "0.5", "--measurement-time", "1.5", *arguments]
    finish(start(command, (0,), {"CRITERION_HOME": str(home)}))
    return home


def sample_times(folder):
    """Microseconds per iteration of criterion's samples: their median and first decile."""
    file = folder / "new" / "sample.json"
    if not file.exists():
        raise Missing(f"the benchmark has no {folder.parent.name}/{folder.name}")
    sample = json.loads(file.read_text())
    times = [time / count / 1000 for time, count in zip(sample["times"], sample["iters"])]
    return statistics.median(times), statistics.quantiles(times, n=10, method="inclusive")[0]


def all_steps(part):
    """The networks and batches of a part, by the name of their column."""
    networks, batches = common.PARTS[part]
    return {f"{network.name}, {batch}": (network, batch) for network in networks for batch in batches}


def our_gradient_steps(bench, part):
    engine, networks = ENGINES[part], "|".join(network.name for network in common.PARTS[part][0])
    home = criterion(bench, rf"^gradient_step/({networks})/{engine}/\d+$")
    return by_step({
        step: sample_times(home / "gradient_step" / f"{network.name}_{engine}" / str(batch))
        for step, (network, batch) in all_steps(part).items()
    })


def arithmetic_at_peak(bench, part):
    """What a step's products take at least: their multiplications and additions at the rate of a loop that does nothing
    else."""
    folder = next((criterion(bench) / "peak").glob("*-lanes"))
    operations = json.loads((folder / "new" / "benchmark.json").read_text())["throughput"]["Elements"]
    median, first_decile = (time / operations for time in sample_times(folder))
    counts = {step: products(*of) for step, of in all_steps(part).items()}
    return by_step({step: (count * median, count * first_decile) for step, count in counts.items()})


def products(network, batch):
    """Multiplications and additions of a step: two passes forward, one backward to the weights and one to the inputs of
    all layers but the first."""
    widths = network.widths()
    layers = [inputs * outputs for inputs, outputs in zip(widths, widths[1:])]
    if network.filters:
        layers.insert(0, widths[0] * 3 * 3 * network.shape[-1])
    return 2 * batch * (4 * sum(layers) - layers[0])


def by_step(times):
    medians, first_deciles = ({step: pair[i] for step, pair in times.items()} for i in (0, 1))
    return {"median": medians, "first_decile": first_deciles, "compile_seconds": 0.0}


def all_contenders(python, tilde, benches):
    """For each part: title, units, whether `more` or `less` is faster, and how all are measured. Tilde comes first."""
    lockstep = "--set", "algorithm.dqn.num_envs=10"
    all_seeds = "--seeds", f"0..{SEEDS}"
    both = (0, 1)

    def steps_of(part):
        return ("median", "first_decile"), "less", {
            "Tilde": lambda: our_gradient_steps(benches["gradient_step"], part),
            "the arithmetic alone, at peak": lambda: arithmetic_at_peak(benches["peak"], part),
            "PyTorch, eager": lambda: peer(python, "torch_dqn.py", part, "eager"),
            "PyTorch, eager, fused Adam": lambda: peer(python, "torch_dqn.py", part, "eager-fused"),
            "PyTorch, loss compiled, fused Adam": lambda: peer(python, "torch_dqn.py", part, "compile"),
            "PyTorch, whole step compiled": lambda: peer(python, "torch_dqn.py", part, "compile-whole"),
            "JAX, one jitted call per step": lambda: peer(python, "jax_dqn.py", part, "per-step"),
            "JAX, whole loop in one jit": lambda: peer(python, "jax_dqn.py", part, "loop"),
        }

    return {
        "gradient-step": ("Microseconds per gradient step, by network and batch", *steps_of("gradient-step")),
        "conv-step": ("Microseconds per gradient step of a convolutional network", *steps_of("conv-step")),
        "whole-run": ("CleanRL's DQN on CartPole-v1: environment steps per second", ("steps_per_second",), "more", {
            "Tilde": lambda: our_steps_per_second(tilde),
            "PyTorch, as CleanRL's dqn.py": lambda: peer(python, "torch_dqn.py", "whole-run"),
            "JAX, as CleanRL's dqn_jax.py": lambda: peer(python, "jax_dqn.py", "whole-run"),
            "Stable-Baselines3 (Huber loss)": lambda: peer(python, "sb3_dqn.py", "whole-run"),
        }),
        "lockstep": ("Ten environments in lockstep: environment steps per second", ("steps_per_second",), "more", {
            "Tilde": lambda: our_steps_per_second(tilde, *lockstep),
            "JAX, whole run in one jit": lambda: peer(python, "purejax_dqn.py", 1, 20_000),
        }),
        "seeds": ("Eight seeds on two cores: environment steps per second, together", ("steps_per_second",), "more", {
            "Tilde": lambda: our_steps_per_second(tilde, *lockstep, *all_seeds, seeds=SEEDS, cores=both, jobs=2),
            "JAX, one process, vmap over 8 seeds": lambda: peer(
                python, "purejax_dqn.py", SEEDS, 2_500, cores=both, environment={}
            ),
            "JAX, one process per core, vmap over 8 seeds each": lambda: one_process_per_core(python, SEEDS, 2_500),
            "JAX, one process per core, one seed at a time": lambda: one_process_per_core(python, 1, 20_000),
        }),
        "zoo": ("RL Zoo's DQN on CartPole-v1: seconds for 50,000 steps", ("seconds",), "less", {
            "Tilde, one core, the whole process": lambda: {"seconds": ours(tilde, "zoo_dqn.toml")},
            "Stable-Baselines3, one core": lambda: peer(python, "sb3_dqn.py", "zoo", "sb3"),
            "Stable-Baselines3, two cores": lambda: peer(
                python, "sb3_dqn.py", "zoo", "sb3", cores=both, environment={}
            ),
            "SBX, one core": lambda: peer(python, "sb3_dqn.py", "zoo", "sbx"),
            "SBX, two cores": lambda: peer(python, "sb3_dqn.py", "zoo", "sbx", cores=both, environment={}),
        }),
    }


def measure(part, entries, rounds):
    """All reports of every contender, and the error of those that cannot run."""
    reports = {name: {"reports": []} for name in entries}
    for number in range(1, rounds + 1):
        for name, run in entries.items():
            if "missing" in reports[name] or (number > 1 and name in ONCE):
                continue
            print(f"{part}, round {number}: {name}", file=sys.stderr)
            try:
                reports[name]["reports"].append(run())
            except Missing as error:
                reports[name]["missing"] = str(error)
    return reports


# Tables


def table(measured, unit, faster_is):
    """One row for each contender, and in brackets how many times as fast Tilde is."""
    rows = {name: over_rounds(unit, entry["reports"]) for name, entry in measured.items()}
    our_row = next(iter(rows.values()))
    columns = list(dict.fromkeys(key for row in rows.values() for key in row))
    lines = [[unit.replace("_", " "), *columns], ["---"] * (len(columns) + 1)]
    for name, row in rows.items():
        lines.append([name, *(cell(key, row, our_row if row is not our_row else {}, faster_is) for key in columns)])
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    missing = [f"\n{name}: missing: {entry['missing']}" for name, entry in measured.items() if "missing" in entry]
    return "\n".join([text, "\nIn brackets: how many times as fast Tilde is.", *missing])


def flat(report, unit):
    """The report's numbers by column."""
    number = report[unit] if isinstance(report[unit], dict) else {unit.replace("_", " "): report[unit]}
    others = ["seconds_without_compiling", "startup_seconds", "compile_seconds"]
    return number | {key.replace("_", " "): report[key] for key in others if key in report}


def over_rounds(unit, reports):
    """Medians over the rounds; of first deciles the least, which is of the round in which least was in the way."""
    middle = min if unit == "first_decile" else statistics.median
    columns = [flat(report, unit) for report in reports]
    return {key: middle(column[key] for column in columns) for key in (columns[0] if columns else {})}


def cell(key, row, our_row, faster_is):
    if key not in row:
        return ""
    number = f"{row[key]:,.0f}" if row[key] >= 100 else f"{row[key]:.1f}"
    # Without compiling a peer is compared with the same whole process.
    ours = our_row.get("seconds" if key == "seconds without compiling" else key)
    if ours is None or key in ("startup seconds", "compile seconds"):
        return number
    ratio = ours / row[key] if faster_is == "more" else row[key] / ours
    return f"{number} ({ratio:.2f})"


if __name__ == "__main__":
    main()
