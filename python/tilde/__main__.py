"""``python -m tilde`` is the program ``tilde``."""

from __future__ import annotations

import os
import subprocess
import sys

from .binary import environment, find_binary
from .errors import TildeError


def main() -> int:
    """Becomes the program, with this command line."""
    try:
        binary = str(find_binary())
    except TildeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    command = [binary, *sys.argv[1:]]
    if os.name == "posix":
        os.execve(binary, command, environment())
    return subprocess.run(command, env=environment(), check=False).returncode  # Windows has no exec


if __name__ == "__main__":
    sys.exit(main())
