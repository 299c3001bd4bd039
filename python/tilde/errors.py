"""What goes wrong."""

from __future__ import annotations


class TildeError(RuntimeError):
    """The program ``tilde`` failed or is missing, or a learned function cannot be computed here.

    ``exit_code`` is that of the program: 1 if something failed while running, 2 if the command line or the config is
    wrong, 130 if it was stopped by a signal. It is ``None`` where no program ended.
    """

    def __init__(self, message: str, exit_code: int | None = None) -> None:
        super().__init__(message)
        self.exit_code = exit_code
