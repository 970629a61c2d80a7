"""Files of Google credentials and of gcloud: where they lie, and which project they name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import msgspec

from chimeric import ConfigurationError


def adc_file() -> Path | None:
    """The file of the Application Default Credentials, where there is one."""
    named = os.environ.get("GOOGLE_APPLICATION_CREDENTIALS", "").strip()
    if named:
        return Path(named)
    path = _folder() / "application_default_credentials.json"
    return path if path.is_file() else None


def _folder() -> Path:
    """Where gcloud keeps its files."""
    folder = os.environ.get("CLOUDSDK_CONFIG") or "~/.config/gcloud"
    if os.name == "nt" and not os.environ.get("CLOUDSDK_CONFIG"):
        folder = os.path.join(os.environ.get("APPDATA", "~"), "gcloud")
    return Path(folder).expanduser()


def project_of_gcloud() -> str | None:
    """The project of gcloud's active configuration: what ``gcloud config get project`` tells.

    google-auth runs that command; the files hold the same.
    """
    if told := os.environ.get("CLOUDSDK_CORE_PROJECT", "").strip():
        return told
    folder = _folder()
    try:
        name = os.environ.get("CLOUDSDK_ACTIVE_CONFIG_NAME", "").strip()
        name = name or (folder / "active_config").read_text("utf-8").strip()
        text = (folder / "configurations" / f"config_{name}").read_text("utf-8")
    except (OSError, ValueError):
        return None
    from configparser import ConfigParser, Error

    parser = ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except Error:
        return None
    return parser.get("core", "project", fallback="").strip() or None


def project_of_file(credentials: Any) -> str | None:
    """The project of given credentials (a file, its content, an object), or of the default ones."""
    if credentials is None:
        path = adc_file()
        content = {} if path is None or not path.is_file() else read(path)
    elif isinstance(credentials, Mapping):
        content = dict(cast("Mapping[str, Any]", credentials))
    elif isinstance(credentials, (str, os.PathLike)):
        content = read(Path(cast("str", credentials)).expanduser())
    else:
        content = {"project_id": getattr(credentials, "project_id", None)}
    project = content.get("project_id")
    return project if isinstance(project, str) and project else None


_read: dict[tuple[str, int], dict[str, Any]] = {}


def read(path: Path) -> dict[str, Any]:
    """The content of a file; it is read again only after it has changed.

    Raises:
        ConfigurationError: when it is not there, or no JSON object. The text shows none of it.
    """
    try:
        key = (str(path), path.stat().st_mtime_ns)
        if key not in _read:
            _read[key] = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        return _read[key]
    except OSError as error:
        why = error.strerror or "it cannot be read"
        raise ConfigurationError(f"{path} of Google credentials: {why}") from None
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{path} is not a Google credentials file") from None
