"""Serves Gymnasium environments over a pipe: the worker of `[env.gymnasium]`. The frames are described in docs/environment-protocol.md."""

import difflib
import importlib
import json
import os
import struct
import sys
import threading
import time
import traceback

RESET, STEP = 1, 2  # requests
DESCRIPTION, RESULT, FAILURE, REFUSAL = 1, 2, 3, 4  # replies
TERMINATED, TRUNCATED = 1, 2
STEPS = struct.Struct("<IIQ")  # environment, action, seed
RESETS = struct.Struct("<IQ5Q")  # environment, seed, generator
OUTCOME = struct.Struct("<dB")  # reward, ending
GENERATOR = struct.Struct("<5Q")
LARGEST = 2**64 - 1


class Refused(Exception):
    """A setting that cannot be used: its key and what would be right."""


class Channel:
    """Frames: their length in four bytes, then a byte that says what they are, then their content."""

    def __init__(self):
        # What the environment prints to standard output goes to standard error: the pipe belongs to the frames.
        self.source = sys.stdin.buffer
        self.sink = os.dup(1)
        os.dup2(2, 1)
        sys.stdin = open(os.devnull)

    def receive(self):
        head = self.source.read(5)
        if len(head) < 5:
            return None  # the other side has ended
        length, kind = struct.unpack("<IB", head)
        return kind, self.source.read(length - 1)

    def send(self, kind, content):
        frame = memoryview(struct.pack("<IB", len(content) + 1, kind) + content)
        while frame:
            frame = frame[os.write(self.sink, frame) :]


def end_with_parent():
    """Ends this process when the one that started it has ended, also where an environment hangs."""
    parent = os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


class Generator:
    """The random stream of one environment: NumPy's PCG64, set to the run's stream at a reset and handed back after an episode."""

    MULTIPLIER = 0x2360ED051FC65DA44385DF649FCCF645

    def __init__(self):
        import numpy as np

        self.bits = np.random.PCG64(0)
        self.numpy = np.random.Generator(self.bits)
        self.numbers = self.read()  # its state at the last reset

    def read(self):
        state = self.bits.state
        half = state["has_uint32"] << 32 | state["uinteger"] if state["has_uint32"] else 0
        number, increment = state["state"]["state"], state["state"]["inc"]
        return number >> 64, number & LARGEST, increment >> 64, increment & LARGEST, half

    def set(self, numbers):
        state = {"state": numbers[0] << 64 | numbers[1], "inc": numbers[2] << 64 | numbers[3]}
        has_half, half = numbers[4] >> 32, numbers[4] & 0xFFFFFFFF
        self.bits.state = {"bit_generator": "PCG64", "state": state, "has_uint32": has_half, "uinteger": half}
        self.numbers = numbers

    def seed(self):
        """A seed of 31 bits for what does not use this generator: the upper bits of its next number, which stays undrawn."""
        high, low, increment_high, increment_low, _ = self.numbers
        state = (high << 64 | low) * self.MULTIPLIER + (increment_high << 64 | increment_low)
        high, low = state >> 64 & LARGEST, state & LARGEST
        mixed, turn = high ^ low, high >> 58
        return ((mixed >> turn | mixed << 64 - turn) & LARGEST) >> 33

    def after_episode(self):
        """The state for the next reset. Where the episode drew nothing, one number is skipped: its seed must be another."""
        numbers = self.read()
        if numbers == self.numbers:
            self.bits.random_raw()
            numbers = self.read()
        self.numbers = numbers
        return numbers


class Environment:
    """One environment, made at its first reset."""

    resetting = None  # the one that is being reset

    def __init__(self, make, encode, start):
        self.make, self.encode, self.start = make, encode, start
        self.env = self.innermost = self.generator = None

    def reset(self, numbers):
        """Starts an episode with the generator in this state, or as the last episode left it."""
        if self.env is None:
            self.env, self.generator = self.make(), Generator()
            self.innermost = self.env.unwrapped
        if numbers is not None:
            self.generator.set(tuple(numbers))
        Environment.resetting = self
        try:
            observation, _ = self.env.reset(seed=self.generator.seed())
        finally:
            Environment.resetting = None
        return self.encode(observation)

    def step(self, action, result):
        """Adds the bytes of a step's outcome. Where an episode ends with it, the first observation of the next one comes behind."""
        observation, reward, terminated, truncated, _ = self.env.step(action + self.start)
        ending = TERMINATED if terminated else TRUNCATED if truncated else 0
        result.append(OUTCOME.pack(reward, ending))
        result.append(self.encode(observation))
        if ending:
            result.append(GENERATOR.pack(*self.generator.after_episode()))
            result.append(self.reset(None))


def inject_generators():
    """Lets `super().reset(seed=…)` of an environment that is being reset take over its generator instead of a new one of that seed."""
    import gymnasium

    original = gymnasium.Env.reset

    def reset(self, *, seed=None, options=None):
        of = Environment.resetting
        if seed is not None and of is not None and self is of.innermost:
            self._np_random, self._np_random_seed = of.generator.numpy, seed
        else:
            original(self, seed=seed, options=options)

    gymnasium.Env.reset = reset


def maker(settings):
    """What makes one environment with its wrappers."""
    import gymnasium

    name = settings["id"]

    def make():
        try:
            env = gymnasium.make(name, **settings["kwargs"])
        except gymnasium.error.UnregisteredEnv:
            close = difflib.get_close_matches(name, list(gymnasium.registry), n=3, cutoff=0.5)
            nearest = f"the nearest are {', '.join(close)}; " if close else ""
            remedy = "`tilde envs --gymnasium` lists all; `import` names a module that registers others"
            raise Refused("id", f"this Gymnasium has no environment {name!r}: {nearest}{remedy}") from None
        except gymnasium.error.DependencyNotInstalled as error:
            raise Refused("id", f"{name!r} needs a package that is not installed: {error}") from None
        except TypeError as error:
            raise Refused("kwargs", f"{name!r} cannot be made with them: {error}") from None
        for wrapper in settings["wrappers"]:
            path, kwargs = wrapper["wrapper"], wrapper["kwargs"]
            module, _, attribute = path.rpartition(".")
            try:
                wrap = getattr(importlib.import_module(module), attribute)
            except (ImportError, AttributeError, ValueError) as error:
                raise Refused("wrappers", f"{path!r} cannot be imported: {error}") from None
            env = wrap(env, **kwargs)
        return env

    return make


def describe_space(space):
    """The description of a space of observations, and what turns an observation into bytes."""
    import numpy as np
    from gymnasium import spaces

    floats, octets = np.dtype("<f4"), np.dtype("u1")

    def flat(kind, same=None):
        """Numbers of a kind; arrays of the kind `same` have its bytes already."""
        same = same or kind
        return lambda observation: (
            observation if getattr(observation, "dtype", None) == same else np.asarray(observation, kind)
        ).tobytes()

    as_floats = flat(floats)
    if isinstance(space, spaces.Discrete):
        start = int(space.start)
        return {"discrete": {"n": int(space.n)}}, lambda state: struct.pack("<f", int(state) - start)
    if isinstance(space, spaces.MultiDiscrete):
        start = np.asarray(space.start).ravel()
        return {"multi_discrete": {"sizes": space.nvec.ravel().tolist()}}, lambda state: as_floats(np.ravel(state) - start)
    if isinstance(space, spaces.MultiBinary) or (isinstance(space, spaces.Box) and space.dtype == np.bool_):
        return {"multi_binary": {"shape": list(space.shape)}}, flat(octets, space.dtype)
    if isinstance(space, spaces.Box) and space.dtype == np.uint8 and len(space.shape) in (2, 3):
        return {"image": {"shape": (list(space.shape) + [1])[:3]}}, flat(octets)
    if isinstance(space, spaces.Box):
        bounds = {"low": written(space.low), "high": written(space.high)}
        return {"box": bounds}, as_floats
    if isinstance(space, (spaces.Tuple, spaces.Dict)):
        parts = list(space.spaces.values()) if isinstance(space, spaces.Dict) else list(space.spaces)
        keys = list(space.spaces) if isinstance(space, spaces.Dict) else range(len(parts))
        if all(isinstance(part, spaces.Discrete) for part in parts):
            starts = [int(part.start) for part in parts]
            packed = struct.Struct(f"<{len(parts)}f")
            sizes = {"sizes": [int(part.n) for part in parts]}
            return {"multi_discrete": sizes}, lambda values: packed.pack(
                *(int(values[key]) - start for key, start in zip(keys, starts))
            )
        if space.is_np_flattenable:
            flattened = spaces.flatten_space(space)
            bounds = {"low": written(flattened.low), "high": written(flattened.high)}
            return {"box": bounds}, lambda observation: as_floats(spaces.flatten(space, observation))
    raise Refused("id", f"observations {space} cannot be used: choose a wrapper that turns them into a Box, Discrete or MultiDiscrete")


def has_time_limit(env):
    import gymnasium

    while isinstance(env, gymnasium.Wrapper):
        if isinstance(env, gymnasium.wrappers.TimeLimit):
            return True
        env = env.env
    return False


def written(bounds):
    """Bounds as text, since JSON has no infinity."""
    import numpy as np

    with np.errstate(over="ignore"):
        return [str(float(bound)) for bound in bounds.astype(np.float32).ravel()]


def described(settings):
    """The description of the environment, and what makes those that are played."""
    try:
        import gymnasium
        import numpy as np  # noqa: F401
    except ImportError as error:
        install = f"{sys.executable} -m pip install gymnasium"
        raise Refused("python", f"{sys.executable} has no Gymnasium ({error}): {install}") from None
    if int(gymnasium.__version__.split(".")[0]) < 1:
        raise Refused("python", f"Gymnasium 1.0 or later is needed, and {sys.executable} has {gymnasium.__version__}")
    for name in settings["import"]:
        try:
            module = importlib.import_module(name)
        except ImportError as error:
            raise Refused("import", f"{name!r} cannot be imported by {sys.executable}: {error}") from None
        if settings.get("id") not in gymnasium.registry and hasattr(module, "register_envs"):
            module.register_envs()
    if "id" not in settings:
        return {"ids": sorted(gymnasium.registry)}, None
    make = maker(settings)
    inject_generators()
    env = make()
    try:
        actions = env.action_space
        if not isinstance(actions, gymnasium.spaces.Discrete):
            remedy = "only Discrete actions can be used: choose another environment or a wrapper"
            raise Refused("id", f"{settings['id']!r} has the actions {actions}, and {remedy}")
        space, encode = describe_space(env.observation_space)
    finally:
        env.close()
    # A wrapper may change what a return is.
    threshold = None if settings["wrappers"] or env.spec is None else env.spec.reward_threshold
    description = {
        "observation_space": space,
        "actions": int(actions.n),
        "reward_threshold": threshold,
        "generator": True,
        "time_limit": has_time_limit(env),
    }
    return description, lambda: Environment(make, encode, int(actions.start))


def serve(channel, make):
    environments = {}

    def at(slot):
        if slot not in environments:
            environments[slot] = make()
        return environments[slot]

    while (request := channel.receive()) is not None:
        kind, content = request
        try:
            if kind == STEP:
                result = []
                for slot, action, _ in STEPS.iter_unpack(content):
                    environments[slot].step(action, result)
            else:
                result = [at(slot).reset(numbers) for slot, _, *numbers in RESETS.iter_unpack(content)]
        except BaseException:
            channel.send(FAILURE, traceback.format_exc().encode())
            return
        channel.send(RESULT, b"".join(result))
    for environment in environments.values():
        if environment.env is not None:
            environment.env.close()


def main():
    end_with_parent()
    channel = Channel()
    _, content = channel.receive()
    try:
        description, make = described(json.loads(content))
    except Refused as refused:
        channel.send(REFUSAL, json.dumps(refused.args).encode())
        return
    except BaseException:
        channel.send(REFUSAL, json.dumps(["id", f"an exception\n{traceback.format_exc().rstrip()}"]).encode())
        return
    channel.send(DESCRIPTION, json.dumps(description).encode())
    if make is not None:
        serve(channel, make)


main()
