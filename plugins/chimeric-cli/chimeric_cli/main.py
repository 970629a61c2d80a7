"""The entry point: runs a command and turns whatever ends it into a message and an exit code.

Exit codes: 0 well done; 1 it failed; 2 it was called wrongly; 130 Ctrl-C; 141 the reader of the
output went away.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

__all__ = ["main"]

FAILED, MISUSED, INTERRUPTED, PIPE_CLOSED = 1, 2, 130, 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    _open_missing_streams()
    given = list(sys.argv[1:] if arguments is None else arguments)
    # Wherever it stands, up to a "--": who reads a message types it at the end.
    end = given.index("--") if "--" in given else len(given)
    debug = "--debug" in given[:end]
    try:
        code = _run([a for a in given[:end] if a != "--debug"] + given[end:])
        _flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return _drop_output()
    except Exception as error:
        if debug:
            raise
        return _failed(error)
    return code


def _open_missing_streams() -> None:
    """A stream that is closed (``>&-``, a program without a console) counts as the null device.

    In this order each gets its own descriptor, which would else become some socket's.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


def _run(arguments: list[str]) -> int:
    # Imported here: Ctrl-C while Python still imports is no traceback either.
    import warnings

    import click

    from .group import PipeClosed, chimeric
    from .terminal import prepare_streams, report

    def show(message: Warning | str, *place: object, **more: object) -> None:
        report(str(message), "warning")

    prepare_streams()
    warnings.showwarning = show
    if "_CHIMERIC_COMPLETE" in os.environ:  # a shell asks how a line may go on
        from .completion import teach_shells

        teach_shells()
    try:
        result = chimeric.main(arguments, "chimeric", standalone_mode=False)
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx is not None else "chimeric"
        report(f"{error.format_message()}\n(try '{where} --help')", "error")
        return MISUSED
    except PipeClosed:
        return _drop_output()
    except click.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        report(error.format_message(), "error")
        return FAILED
    return result if isinstance(result, int) else 0


def _failed(error: Exception) -> int:
    from .core_files import core_fault
    from .terminal import report

    if isinstance(error, (ImportError, AttributeError)) and (fault := core_fault()):
        report(f"chimeric-core cannot be used: {fault}", "error")
        return FAILED
    from chimeric import ChimericError

    if isinstance(error, ChimericError):
        report(str(error), "error")
    elif isinstance(error, OSError) and error.strerror:
        place = f": {error.filename}" if error.filename else ""
        report(f"{error.strerror}{place}", "error")
    else:
        report(f"{type(error).__name__}: {error}\n(--debug shows where)", "error")
    # Output that could not be written must not be tried again while Python shuts down.
    _drop_output()
    return FAILED


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()


def _drop_output() -> int:
    """Send what is still buffered to nowhere: Python would complain about it at its end."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    return PIPE_CLOSED
