"""The metadata server of Google Cloud, where the environment says where it is."""

from __future__ import annotations

import http.client
import os
import time
from pathlib import Path
from typing import Final

import msgspec

from chimeric import ConfigurationError, ConnectionFailedError, RequestTimeoutError

PATH: Final = "/computeMetadata/v1/instance/service-accounts/default/token"
PROJECT: Final = "/computeMetadata/v1/project/project-id"
USUAL: Final = "metadata.google.internal"
MACHINE: Final = Path("/sys/class/dmi/id/product_name")
"""What a machine of Google Cloud says that it is: ``Google Compute Engine`` (google-auth)."""

FLAVOR: Final = {"Metadata-Flavor": "Google"}
TRIES: Final = 3
PATIENCE: Final = 3.0
"""Seconds that the server may take; ``GCE_METADATA_TIMEOUT`` says otherwise."""

AT_ONCE: Final = 1.0
"""Seconds that it may take to tell the project: it is on the same machine, and a call waits."""

AGAIN: Final = 60.0
"""Seconds until one that did not tell it is asked again."""

NEXT: Final = (
    "is this machine in Google Cloud? Elsewhere unset GCE_METADATA_HOST, and use a key file "
    "(GOOGLE_APPLICATION_CREDENTIALS) or `gcloud auth application-default login`"
)


class Answer(msgspec.Struct):
    """What the server tells."""

    access_token: str
    expires_in: float


def metadata_host() -> str | None:
    """The host that the environment names, or None."""
    if os.environ.get("NO_GCE_CHECK", "").strip().lower() == "true":
        return None
    return os.environ.get("GCE_METADATA_HOST", "").strip() or None


_projects: dict[str, tuple[str | None, float]] = {}
"""What each host has told, and until when that counts."""


def metadata_project(machine: Path = MACHINE) -> str | None:
    """The project of this machine, where it is in Google Cloud; asked for once.

    Args:
        machine: the file in which a machine says what it is.
    """
    host = metadata_host() or (USUAL if _in_google_cloud(machine) else None)
    if host is None:
        return None
    project, until = _projects.get(host, (None, 0.0))
    if time.monotonic() >= until:
        project = _project(host)
        _projects[host] = project, time.monotonic() + (AGAIN if project is None else float("inf"))
    return project


def _project(host: str) -> str | None:
    connection = http.client.HTTPConnection(host, timeout=min(_patience(), AT_ONCE))
    try:
        connection.request("GET", PROJECT, headers=FLAVOR)
        response = connection.getresponse()
        told = response.read(200).decode("ascii").strip()
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    known = response.headers.get("metadata-flavor") == "Google"
    return told or None if response.status == 200 and known else None


def _in_google_cloud(machine: Path) -> bool:
    if os.environ.get("NO_GCE_CHECK", "").strip().lower() == "true":
        return False
    try:
        return machine.read_text("ascii").strip() in ("Google", "Google Compute Engine")
    except (OSError, ValueError):
        return False


def metadata_token(host: str) -> tuple[str, float]:
    """A token of the machine's service account, and when it ends (``time.time()``).

    Raises:
        RequestTimeoutError: when the server does not answer in time.
        ConnectionFailedError: when it is not there.
        ConfigurationError: when it gives no token.
    """
    late = False
    for _ in range(TRIES):
        try:
            return _asked(host)
        except TimeoutError:
            late = True
        except (OSError, http.client.HTTPException):
            late = False
    where = f"the metadata server {host}"
    if late:
        slow = RequestTimeoutError(
            f"{where} gave no token within {_patience():g} s; {NEXT}", phase="read"
        )
        slow.retryable = False  # it was asked several times
        raise slow
    gone = ConnectionFailedError(f"{where} cannot be reached; {NEXT}")
    gone.retryable = False
    raise gone


def _asked(host: str) -> tuple[str, float]:
    connection = http.client.HTTPConnection(host, timeout=_patience())
    try:
        connection.request("GET", PATH, headers=FLAVOR)
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise ConfigurationError(
            f"the metadata server {host} gave no token (status {response.status}): has this "
            "machine a service account?",
            provider="vertex",
        )
    try:
        answer = msgspec.json.decode(body, type=Answer)
    except msgspec.DecodeError:
        raise ConfigurationError(
            f"what answers at {host} is not a metadata server; {NEXT}", provider="vertex"
        ) from None
    return answer.access_token, time.time() + answer.expires_in


def _patience() -> float:
    try:
        return float(os.environ.get("GCE_METADATA_TIMEOUT", PATIENCE))
    except ValueError:
        return PATIENCE
