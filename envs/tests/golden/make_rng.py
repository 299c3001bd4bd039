"""Writes rng.txt: what NumPy's SeedSequence -> PCG64 -> Generator draws, for tests/golden_rng.rs.

    python make_rng.py > rng.txt

One line per stream: seed, spawn key ("-" for none, else numbers joined by commas), then from one stream in this order
4 raw 64-bit draws, 4 of Generator.random() and 4 of Generator.uniform(-0.05, 0.05), all as 64 bits in hexadecimal.
"""

import struct

import numpy as np

SEEDS = [0, 1, 42, 12345, 2**32 - 1, 2**32, 2**32 + 1, 2**53, 2**63 - 1, 2**64 - 1]
KEYS = [(), (0,), (1,), (3, 5), (2**32,), (0, 2**40 + 7, 1, 2, 3)]


def bits(value: float) -> str:
    return struct.pack(">d", value).hex()


def line(seed: int, key: tuple[int, ...]) -> str:
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))
    raw = [f"{int(word):016x}" for word in generator.bit_generator.random_raw(4)]
    doubles = [bits(generator.random()) for _ in range(4)]
    uniform = [bits(x) for x in generator.uniform(-0.05, 0.05, size=4)]
    return " ".join([str(seed), ",".join(map(str, key)) or "-", *raw, *doubles, *uniform])


print(f"# numpy {np.__version__}")
for seed in SEEDS:
    for key in KEYS:
        print(line(seed, key))
