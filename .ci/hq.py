"""A HyperQueue on this machine, and a stand-in for its command `hq`.

    hq.py FOLDER COMMAND...    starts a server and two workers, runs COMMAND with `hq` in its PATH, kills one of the tasks,
                                       and waits until all jobs are over
    hq.py submit ...           what `hq submit ...` does, as far as `tilde submit` uses it
"""

import argparse
import os
import pathlib
import signal
import subprocess
import sys
import time

from hyperqueue import Client, Job, LocalCluster
from hyperqueue.cluster import WorkerConfig


def submit(arguments):
    """Submits one task, or an array of them, and notes the number of the job."""
    parser = argparse.ArgumentParser(prog="hq submit", allow_abbrev=False)
    for option in ["--name", "--array", "--stdout", "--stderr"]:
        parser.add_argument(option)
    cut = arguments.index("--")
    options = parser.parse_args(arguments[:cut])
    first, _, last = (options.array or "0").partition("-")
    job = Job(name=options.name, max_fails=None)
    for _ in range(int(first), int(last or first) + 1):
        job.program(arguments[cut + 1 :], stdout=options.stdout, stderr=options.stderr)
    home = pathlib.Path(os.environ["HQ_SERVER_DIR"])
    submitted = Client(home).submit(job)
    with open(home.parent / "jobs", "a") as jobs:
        jobs.write(f"{submitted.id}\n")
    print(f"Job submitted successfully, job ID: {submitted.id}")


def kill_a_task(work):
    """Kills a worker of the experiment in the folder `work` that does not wait for others, once it is there."""
    for _ in range(100):
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue  # it has just ended
            # Other processes of this machine are in /proc as well.
            is_ours = len(words) > 2 and words[1] == "work" and words[2].startswith(str(work))
            if is_ours and "--wait" not in words:
                time.sleep(2.5)  # somewhere in a run
                os.kill(int(process.name), signal.SIGKILL)
                return
        time.sleep(0.1)
    sys.exit("failed: no worker has started")


def main(work, command):
    home = work / "server"
    home.mkdir()
    (work / "bin").mkdir()
    hq = work / "bin" / "hq"
    hq.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{pathlib.Path(__file__).resolve()}" "$@"\n')
    hq.chmod(0o755)
    with LocalCluster(str(home)) as cluster:
        for _ in range(2):
            cluster.start_worker(WorkerConfig(cores=1))
        path = f"{hq.parent}:{os.environ['PATH']}"
        subprocess.run(command, env=os.environ | {"PATH": path, "HQ_SERVER_DIR": str(home)}, check=True)
        kill_a_task(work)
        jobs = [int(line) for line in (work / "jobs").read_text().split()]
        failed = Client(home).connection.wait_for_jobs(jobs, lambda _: None)
        print(f"jobs {jobs} are over; with a failed task: {failed}")
        if failed != jobs[:1]:
            sys.exit("failed: the job with the killed task was to fail, and no other")


if __name__ == "__main__":
    if sys.argv[1] == "submit":
        submit(sys.argv[2:])
    else:
        main(pathlib.Path(sys.argv[1]), sys.argv[2:])
