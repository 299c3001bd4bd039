"""The program ``tilde`` of this Python's environment."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import sysconfig

from .errors import TildeError


def find_binary() -> pathlib.Path:
    """The path of the program that was installed with this package.

    Raises:
        TildeError: If it is in none of the folders where pip puts programs.
    """
    name = "tilde" + (sysconfig.get_config_var("EXE") or "")
    folders = script_folders()
    for folder in folders:
        if (folder / name).is_file():
            return folder / name
    looked = ", ".join(map(str, folders))
    raise TildeError(f"the program `{name}` of this package is missing: install the package again (looked in {looked})")


def script_folders() -> list[pathlib.Path]:
    """Where pip puts the programs of a package: of this environment, of the Python below it, of the user, and beside the
    package for ``pip install --target`` and ``--prefix``."""
    packages = pathlib.Path(__file__).resolve().parent.parent
    scripts = pathlib.Path(sysconfig.get_path("scripts"))
    folders = [
        scripts,
        pathlib.Path(sysconfig.get_path("scripts", vars={"base": sys.base_prefix})),
        pathlib.Path(sysconfig.get_path("scripts", scheme=f"{os.name}_user")),
        packages / scripts.name,
    ]
    if packages.name in ("site-packages", "dist-packages"):  # below lib/python3.11 or Lib
        folders.extend(parent / scripts.name for parent in list(packages.parents)[:3])
    return list(dict.fromkeys(folders))


def environment() -> dict[str, str]:
    """The variables of this process, with the programs of this virtual environment first: ``python3``, which environments of
    Gymnasium run in, is then this Python."""
    variables = dict(os.environ)
    if sys.prefix != sys.base_prefix:
        variables["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), variables.get("PATH", os.defpath)])
    return variables


def output_of(*arguments: str | os.PathLike[str]) -> str:
    """Runs the program and returns what it prints.

    Raises:
        TildeError: If it fails, with its message.
    """
    command = [str(find_binary()), *(os.fspath(argument) for argument in arguments)]
    ended = subprocess.run(command, env=environment(), capture_output=True, text=True, encoding="utf-8", check=False)
    if ended.returncode != 0:
        raise TildeError(ended.stderr.strip() or f"tilde {arguments[0]} failed", ended.returncode)
    return ended.stdout
