"""Writes events.bin, beside this file, with TensorBoard's own classes: `pip install tensorboard`, then run this.

The events are those of the test `the_bytes_are_those_of_tensorboards_own_writer` in src/tensorboard/.
"""

from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.text.summary_v2 import text_pb
from tensorboard.summary.writer.record_writer import RecordWriter

EPOCH = 1_700_000_000


def start(time, step):
    return Event(wall_time=EPOCH + time, step=step, session_log=SessionLog(status=SessionLog.START))


def scalar(time, step, tag, value):
    summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
    return Event(wall_time=EPOCH + time, step=step, summary=summary)


def text(time, tag, text):
    return Event(wall_time=EPOCH + time, step=0, summary=text_pb(tag, text))


EVENTS = [
    Event(wall_time=EPOCH + 0.25, file_version="brain.Event:2"),
    start(0.25, 0),
    text(0.5, "configuration", "# A run\n\nwith *Markdown*, ünïcödé and\n\n    code"),
    scalar(1.0, 0, "episode/return", 0.0),
    scalar(1.5, 1, "episode/return", -21.5),
    scalar(2.0, 300, "update/größe", 0.1),
    scalar(2.5, 1 << 40, "update/loss", float("inf")),
    text(3.0, "long", "0123456789" * 40),
    text(3.5, "empty", ""),
    start(4.0, 301),
]

with open(Path(__file__).parent / "events.bin", "wb") as file:
    writer = RecordWriter(file)
    for event in EVENTS:
        writer.write(event.SerializeToString(deterministic=True))
