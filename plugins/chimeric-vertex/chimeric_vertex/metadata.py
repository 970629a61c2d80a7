"""The metadata server of Google Cloud, where the environment says where it is."""

from __future__ import annotations

import http.client
import os
import time
from typing import Final

import msgspec

from chimeric import ConfigurationError, ConnectionFailedError, RequestTimeoutError

PATH: Final = "/computeMetadata/v1/instance/service-accounts/default/token"
FLAVOR: Final = {"Metadata-Flavor": "Google"}
TRIES: Final = 3
PATIENCE: Final = 3.0
"""Seconds that the server may take; ``GCE_METADATA_TIMEOUT`` says otherwise."""

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
            f"what answers at {host} is no metadata server; {NEXT}", provider="vertex"
        ) from None
    return answer.access_token, time.time() + answer.expires_in


def _patience() -> float:
    try:
        return float(os.environ.get("GCE_METADATA_TIMEOUT", PATIENCE))
    except ValueError:
        return PATIENCE
