"""An environment without Gymnasium, for `[env.program]`: a walk over cells, of which the last one is the goal.

docs/environment-protocol.md describes the frames.
"""

import json
import random
import struct
import sys


def receive():
    head = sys.stdin.buffer.read(5)
    if len(head) < 5:
        sys.exit()
    length, kind = struct.unpack("<IB", head)
    return kind, sys.stdin.buffer.read(length - 1)


def send(kind, content):
    sys.stdout.buffer.write(struct.pack("<IB", len(content) + 1, kind) + content)
    sys.stdout.buffer.flush()


_, first = receive()
length = json.loads(first)["settings"].get("length", 8)
space = {"box": {"low": [0], "high": [length - 1]}}
send(1, json.dumps({"observation_space": space, "actions": 2, "reward_threshold": -length, "time_limit": True}).encode())
cells, left = {}, {}
while True:
    kind, content = receive()
    result = b""
    if kind == 1:  # an episode begins
        env, seed = struct.unpack_from("<IQ", content)
        cells[env], left[env] = random.Random(seed).randrange(length - 1), 100
        result += struct.pack("<f", cells[env])
    else:  # steps
        for env, action, seed in struct.iter_unpack("<IIQ", content):
            cells[env] = max(0, cells[env] + (1 if action == 1 else -1))
            left[env] -= 1
            ending = 1 if cells[env] == length - 1 else 2 if left[env] == 0 else 0  # terminated, truncated
            result += struct.pack("<dBf", -1.0, ending, cells[env])
            if ending:
                cells[env], left[env] = random.Random(seed).randrange(length - 1), 100
                result += struct.pack("<f", cells[env])
    send(2, result)
