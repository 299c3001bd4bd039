"""The program that was installed beside the package, and what it writes."""

import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import time

import pytest

import tilde

WALK = {
    "name": "walk",
    "seeds": [0],
    "env": {"gridworld": {"map": "4x4"}},
    "algorithm": "q_learning",
    "approximator": {},
    "optimizer": {"sgd": {"learning_rate": 0.5}},
    "budget": {"steps": 2_000, "evaluate_every": 1_000, "evaluation_episodes": 2},
}


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def python(*arguments, **options):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, **options)


def json_of(*arguments, lines=False):
    """What the program prints as JSON."""
    printed = subprocess.run([tilde.find_binary(), *arguments], capture_output=True, check=True).stdout
    return [json.loads(line) for line in printed.splitlines()] if lines else json.loads(printed)


def test_python_m_tilde_is_the_program_of_this_version():
    assert tilde.find_binary().is_file()
    shown = python("-m", "tilde", "--version")
    assert (shown.returncode, shown.stdout) == (0, f"tilde {tilde.__version__}\n")
    wrong = python("-m", "tilde", "trian")
    assert wrong.returncode == 2 and "train" in wrong.stderr


def test_the_package_needs_nothing_but_python():
    hidden = "import sys; sys.modules.update(numpy=None, pandas=None); import tilde"
    assert python("-c", hidden).returncode == 0
    lacking = python("-c", f"{hidden}; tilde.load_policy('runs')")
    assert lacking.stderr.endswith("ImportError: tilde.load_policy needs NumPy: `pip install numpy`\n")


def test_run_returns_the_folder_and_passes_on_what_is_printed(capfd):
    folder = tilde.run(WALK, seeds=range(2), set={"budget.steps": 1_000}, jobs=1)
    assert folder == pathlib.Path("runs/walk")
    printed = capfd.readouterr()
    assert "Results: runs/walk" in printed.out and "default/seed-1" in printed.err
    rows = tilde.load_results(folder, pandas=False)
    assert [(row["seed"], row["step"]) for row in rows] == [(s, t) for s in (0, 1) for t in (0, 0, 1_000, 1_000)]
    assert os.listdir() == ["runs"], "the config that was written is deleted"


def test_a_config_is_a_path_or_text_or_a_dict():
    text = tilde.toml_writer.document(WALK)
    pathlib.Path("walk.toml").write_text(text)
    folders = [
        tilde.run(config, out=f"o {i}", quiet=True)
        for i, config in enumerate(("walk.toml", pathlib.Path("walk.toml"), text, WALK))
    ]
    assert folders == [pathlib.Path(f"o {i}/walk") for i in range(4)]
    assert len({(folder / "default/seed-0/episodes.csv").read_bytes() for folder in folders}) == 1


def test_options_are_those_of_train():
    variants = {"variant": [{"name": "slow", "optimizer": {"sgd": {"learning_rate": 0.01}}}, {"name": "fast"}]}
    config = {**WALK, **variants, "optimizer": {"sgd": {"learning_rate": 0.5}}}
    rate = {"variant.fast.optimizer.sgd.learning_rate": 0.25}
    folder = tilde.run(config, only="fast", seeds=[1, 5], set=rate, device="flex", quiet=True)
    found = tilde.load_results(folder, "updates", pandas=False)
    assert {(row["variant"], row["seed"], row["learning_rate"]) for row in found} == {("fast", 1, 0.25), ("fast", 5, 0.25)}
    longer = tilde.run(config, only="fast", seeds=[1, 5, 7], set=rate, resume=True, quiet=True)
    assert {row["seed"] for row in tilde.load_results(longer, "summary", pandas=False)} == {1, 5, 7}
    assert tilde.run(WALK, overwrite=True, quiet=True) == folder
    assert {row["variant"] for row in tilde.load_results(folder, pandas=False)} == {"default"}


def test_a_part_of_the_runs_names_the_folder_too():
    assert tilde.run(WALK, seeds="0..4", part="0/2", out="in parts", quiet=True) == pathlib.Path("in parts/walk")


def test_a_mistake_is_an_error_with_the_programs_message():
    with pytest.raises(tilde.TildeError, match="did you mean `gridworld`") as failed:
        tilde.run({**WALK, "env": "gridwrld"})
    assert failed.value.exit_code == 2 and os.listdir() == []
    tilde.run(WALK, quiet=True)
    with pytest.raises(tilde.TildeError, match="--resume") as refused:
        tilde.run(WALK)
    assert refused.value.exit_code == 2
    with pytest.raises(tilde.TildeError, match="runs") as unknown:
        tilde.load_policy("runs")
    assert unknown.value.exit_code not in (0, None)


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
def test_an_interrupted_run_writes_checkpoints_and_goes_on():
    long = {**WALK, "budget": {"steps": 100_000_000, "evaluate_every": 100_000_000}}
    process = subprocess.Popen([sys.executable, "-c", f"import tilde; tilde.run({long!r})"], stderr=subprocess.PIPE, text=True)
    episodes = pathlib.Path("runs/walk/default/seed-0/episodes.csv")
    deadline = time.monotonic() + 30
    while not (episodes.exists() and episodes.stat().st_size > 1_000):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)  # to Python alone, as a notebook does
    _, printed = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in printed and "--resume" in printed, printed
    step = tilde.load_policy("runs/walk/default/seed-0", "last").description["run"]["step"]
    assert 0 < step < 100_000_000
    assert tilde.load_results("runs/walk", "episodes", pandas=False)


def test_a_table_has_the_values_that_the_program_prints():
    folder = tilde.run(WALK, seeds=3, quiet=True) / "default" / "seed-3"
    policy = tilde.load_policy(folder, "last")
    [episode] = json_of("evaluate", folder, "--checkpoint=last", "--episodes=1", "--json")["episodes"]
    # the 4×4 map, walked by hand: left, down, right, up are actions 0 to 3
    board, at, steps = ["SFFF", "FHFH", "FFFH", "HFFG"], (0, 0), 0
    while board[at[0]][at[1]] not in "HG" and steps < 100:
        row, column = (a + b for a, b in zip(at, [(0, -1), (1, 0), (0, 1), (-1, 0)][policy.act(at)]))
        at, steps = (min(max(row, 0), 3), min(max(column, 0), 3)), steps + 1
    assert (episode["length"], episode["return"]) == (steps, float(board[at[0]][at[1]] == "G"))
    with pytest.raises(tilde.TildeError, match="learns nothing"):
        tilde.load_policy(tilde.run({**WALK, "name": "floor", "algorithm": "random"}, quiet=True) / "default" / "seed-0")


def test_cart_pole_in_gymnasium_goes_as_in_the_program():
    gymnasium = pytest.importorskip("gymnasium")
    config = {
        **WALK, "env": "cart_pole", "algorithm": {"dqn": {"learning_starts": 200}}, "approximator": {"hidden": [16]},
        "optimizer": {"adam": {"learning_rate": 1e-2}}, "budget": {"steps": 4_000, "evaluate_every": 1_000},
    }  # fmt: skip
    folder = tilde.run(config, quiet=True) / "default" / "seed-0"
    policy, env = tilde.load_policy(folder), gymnasium.make("CartPole-v1")
    returns, actions, seen = [], [], []
    for episode in range(100):
        observation, _ = env.reset(seed=7 if episode == 0 else None)
        total, is_over = 0.0, False
        while not is_over:
            seen.append(observation.tolist())
            actions.append(policy.act(observation))
            observation, reward, terminated, truncated, _ = env.step(actions[-1])
            total, is_over = total + reward, terminated or truncated
        returns.append(total)
        seen.append(observation.tolist())
    # the same actions have led the program's environment through the same states, to the bit
    pathlib.Path("actions").write_text("".join(f"{action}\n" for action in actions))
    lines = json_of("rollout", "cart_pole", "--seed=7", "--actions=actions", lines=True)
    assert [line["observation"] for line in lines][: len(seen)] == seen
    # the program's policy, on other episodes, reaches the same mean within four standard errors
    theirs = [episode["return"] for episode in json_of("evaluate", folder, "--episodes=100", "--json")["episodes"]]
    error = ((statistics.variance(returns) + statistics.variance(theirs)) / 100) ** 0.5
    assert abs(statistics.mean(returns) - statistics.mean(theirs)) < 4 * error
    assert statistics.mean(returns) > 30, "a random policy reaches 22"
