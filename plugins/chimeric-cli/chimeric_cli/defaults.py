"""What is used when nothing is said: the model, the user's directories."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import click
import msgspec

__all__ = [
    "cache_directory",
    "chosen_model",
    "complete",
    "config_file",
    "data_directory",
    "default_model",
    "model_option",
    "set_default_model",
]


def default_model() -> str:
    """``CHIMERIC_MODEL``, else that of the user's file, else the simulator where it is installed.

    Raises:
        click.UsageError: when there is none; it says what to do.
    """
    model, _ = chosen_model()
    if model:
        return model
    if any(entry.name == "sim" for entry in entry_points(group="chimeric")):
        return "sim:story"
    raise click.UsageError(
        "no model: pass -m MODEL, set CHIMERIC_MODEL, or run `chimeric models --default MODEL`; "
        "or install chimeric-sim to try without a key"
    )


def chosen_model() -> tuple[str | None, str]:
    """The model that the user has chosen, and where.

    Raises:
        click.UsageError: for a file that cannot be read.
    """
    if variable := os.environ.get("CHIMERIC_MODEL", "").strip():
        return variable, "CHIMERIC_MODEL"
    path = config_file()
    try:
        told = tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None, ""
    except OSError as error:
        raise click.UsageError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{path}: not TOML: {error}") from None
    model = told.get("model")
    if unknown := sorted(set(told) - {"model"}):
        raise click.UsageError(f"{path}: there is no setting {unknown[0]!r}; the file has `model`")
    if model is not None and (not isinstance(model, str) or not model.strip()):
        raise click.UsageError(f'{path}: model is a text, as in model = "openai:gpt-4o"')
    return model, str(path)


def set_default_model(model: str) -> Path:
    """Write the model into the user's file, and leave what else stands there.

    Raises:
        click.ClickException: when it cannot be written.
    """
    path = config_file()
    line = f"model = {msgspec.json.encode(model).decode()}\n"
    try:
        before = path.read_text("utf-8") if path.exists() else ""
        text, count = re.subn(r"(?m)^\s*model\s*=.*\n?", lambda found: line, before, count=1)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _put(text if count else line + before, path.resolve())  # it may be a link
    except OSError as error:
        raise click.ClickException(
            f"cannot write {path}: {error.strerror}; set CHIMERIC_MODEL instead"
        ) from None
    return path


def _put(text: str, path: Path) -> None:
    """Write a file whole: another command may be reading it."""
    handle, draft = tempfile.mkstemp(".new", f".{path.stem}.", path.parent)
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
        if path.exists():
            shutil.copymode(path, draft)
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def config_file() -> Path:
    """Where this user's default model is kept."""
    return _directory("XDG_CONFIG_HOME", ".config", "Application Support", "LOCALAPPDATA") / (
        "config.toml"
    )


def data_directory() -> Path:
    """Where this user's history is kept."""
    return _directory("XDG_DATA_HOME", ".local/share", "Application Support", "LOCALAPPDATA")


def cache_directory() -> Path:
    """Where lists are kept that can be asked for again."""
    return _directory("XDG_CACHE_HOME", ".cache", "Caches", "LOCALAPPDATA")


def _directory(variable: str, usual: str, mac: str, windows: str) -> Path:
    if sys.platform == "win32":
        base = os.environ.get(windows) or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / mac
    else:
        base = os.environ.get(variable) or Path.home() / usual
    return Path(base) / "chimeric"


def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """For the shell: how a model's name may go on."""
    from .model_names import complete_model  # loaded for a shell that completes

    return complete_model(incomplete)


model_option = click.option(
    "-m", "--model", metavar="MODEL", shell_complete=complete,
    help="PROVIDER:MODEL, or a well-known model's name. Default: CHIMERIC_MODEL, the model of "
    "`chimeric models --default`, or sim:story.",
)  # fmt: skip
