"""DQN and cart-pole in JAX alone, an equivalent of PureJaxRL's DQN: `purejax_dqn.py SEEDS UPDATES [BUFFER]`.

Ten environments step together, or one takes ten steps, then comes one gradient step; all updates are one scan in one
jitted function. With more than one seed, all of that under `vmap`. BUFFER is there to see that rows are replaced in place: a
step takes the same time with a buffer of a million rows.
"""

import common  # first: it starts the clock

import functools
import sys
import time

import jax
import jax.numpy as jnp

from jax_dqn import OPTIMIZER, initial_parameters, pack, q_values, sampled_update

# Rows of the buffer from one gradient step to the next: of ten environments one each, or ten of one.
ROWS, TIME_LIMIT = common.TRAIN_FREQUENCY, 500
UPDATES_PER_TARGET = common.TARGET_INTERVAL // ROWS


def cart_pole(state, action):
    """One Euler step of Gymnasium's cart-pole: the next state and whether the pole has fallen or the cart has left."""
    position, velocity, angle, turning = state
    gravity, pole_mass, total_mass, half_length, interval = 9.8, 0.1, 1.1, 0.5, 0.02
    force = jnp.where(action == 1, 10.0, -10.0)
    cosine, sine = jnp.cos(angle), jnp.sin(angle)
    pushed = (force + pole_mass * half_length * turning**2 * sine) / total_mass
    inertia = half_length * (4.0 / 3.0 - pole_mass * cosine**2 / total_mass)
    turning_faster = (gravity * sine - cosine * pushed) / inertia
    faster = pushed - pole_mass * half_length * turning_faster * cosine / total_mass
    changes = jnp.stack([velocity, faster, turning, turning_faster])
    state = state + interval * changes
    return state, (jnp.abs(state[0]) > 2.4) | (jnp.abs(state[2]) > 12 * 2 * jnp.pi / 360)


def reset(key, envs):
    return jax.random.uniform(key, (envs, 4), minval=-0.05, maxval=0.05)


def lockstep(run, index, epsilon, limit_is_end=False):
    """All environments act once; their transitions replace the oldest rows of the buffer.

    With `limit_is_end` no value is expected beyond the time limit, as in PureJaxRL; without, as in CleanRL.
    """
    key, for_explore, for_random, for_reset = jax.random.split(run["key"], 4)
    x = run["observations"]
    envs = x.shape[0]
    greedy = q_values(run["layers"], x).argmax(axis=-1)
    explore = jax.random.uniform(for_explore, (envs,)) < epsilon
    actions = jnp.where(explore, jax.random.randint(for_random, (envs,), 0, 2), greedy)
    next_x, terminated = jax.vmap(cart_pole)(x, actions)
    ages = run["ages"] + 1
    ended = terminated | (ages >= TIME_LIMIT)
    is_end = ended if limit_is_end else terminated
    rows = pack(x, next_x, actions, jnp.ones(envs), is_end.astype(jnp.float32))
    # The size of the buffer is a multiple of ten, so that these rows never wrap around.
    oldest = index * envs % run["buffer"].shape[0]
    return run | {
        "key": key,
        "observations": jnp.where(ended[:, None], reset(for_reset, envs), next_x),
        "ages": jnp.where(ended, 0, ages),
        "buffer": jax.lax.dynamic_update_slice(run["buffer"], rows, (oldest, 0)),
    }


def locksteps(run, update, epsilon, limit_is_end):
    """As many of them as there are before an update."""
    count, rest = divmod(ROWS, run["observations"].shape[0])
    assert rest == 0, f"environments divide {ROWS}"
    if count == 1:
        return lockstep(run, update, epsilon, limit_is_end)
    indices = update * count + jnp.arange(count)
    return jax.lax.scan(lambda run, index: (lockstep(run, index, epsilon, limit_is_end), None), run, indices)[0]


def start_of_run(key, buffer_size, limit_is_end=False, envs=ROWS):
    """A run with random actions up to the first gradient step."""
    key, for_layers, for_reset = jax.random.split(key, 3)
    layers = initial_parameters(for_layers, common.mlp(4, *common.HIDDEN, 2))
    run = {
        "key": key,
        "layers": layers,
        "moments": OPTIMIZER.init(layers),
        "observations": reset(for_reset, envs),
        "ages": jnp.zeros(envs, dtype=jnp.int32),
        "buffer": jnp.zeros((buffer_size, 11)),
    }
    updates = jnp.arange(common.LEARNING_STARTS // ROWS)
    return jax.lax.scan(lambda run, update: (locksteps(run, update, 1.0, limit_is_end), None), run, updates)[0]


def learn(run, updates, limit_is_end=False):
    """The rest of a run. Two scans, one in the other, so that a target network is copied and never chosen between."""

    def step(target, run, index):
        progress = (index - common.LEARNING_STARTS // ROWS) / updates
        rise = (1 - common.FINAL_EPSILON) * progress / common.EXPLORATION_FRACTION
        run = locksteps(run, index, jnp.maximum(common.FINAL_EPSILON, 1 - rise), limit_is_end)
        key, for_rows = jax.random.split(run["key"])
        layers, moments = sampled_update(run["layers"], run["moments"], target, run["buffer"], for_rows)
        return run | {"key": key, "layers": layers, "moments": moments}, None

    def period(run, indices):
        return jax.lax.scan(functools.partial(step, run["layers"]), run, indices)

    first = common.LEARNING_STARTS // ROWS
    return jax.lax.scan(period, run, first + jnp.arange(updates).reshape(-1, UPDATES_PER_TARGET))[0]


def main(seeds, updates, buffer_size=common.BUFFER):
    over_seeds = jax.vmap if seeds > 1 else lambda function: function
    keys = jax.random.split(jax.random.key(0), seeds) if seeds > 1 else jax.random.key(0)
    startup_seconds = time.perf_counter() - common.STARTED

    start = time.perf_counter()
    begin = jax.jit(over_seeds(lambda key: start_of_run(key, buffer_size))).lower(keys).compile()
    whole = jax.jit(over_seeds(lambda run: learn(run, updates)), donate_argnums=0)
    run = jax.block_until_ready(begin(keys))
    whole = whole.lower(run).compile()
    compile_seconds = time.perf_counter() - start

    start = time.perf_counter()
    run = jax.block_until_ready(whole(run))
    steps_per_second = seeds * updates * ROWS / (time.perf_counter() - start)
    # A sign of learning: random actions keep the pole up for about 20 steps.
    mean_age = float(run["ages"].mean())
    common.report(
        steps_per_second=steps_per_second,
        startup_seconds=startup_seconds,
        compile_seconds=compile_seconds,
        mean_age=mean_age,
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
