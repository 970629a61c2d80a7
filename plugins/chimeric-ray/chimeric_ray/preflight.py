"""What can be known before a request is sent: it runs on a node of the cluster, without network."""

from __future__ import annotations

import os
import re
from collections.abc import Generator
from typing import Any

from chimeric import (
    SEND,
    Chimeric,
    ChimericError,
    ConfigurationError,
    ConnectionFailedError,
    Context,
    RefusedError,
    Started,
    Transport,
    WireRequest,
    WireResponse,
    hookimpl,
)

from .job import Job
from .literals import LOOKS_LIKE_A_KEY, written_keys

__all__ = ["check_secrets", "schema_of", "with_costs"]

CREDENTIAL = re.compile(r"auth|key|token|secret|password|cookie|credential", re.IGNORECASE)
"""Names of headers and variables that hold keys."""

PREPARED = "this request is only prepared"

SHORTEST = 8
"""Characters of a variable's value that may be a key."""


def check_secrets(job: Job, pickled: bytes) -> None:
    """Find keys that would travel with the job.

    Raises:
        ConfigurationError: for a key that is no callable, a variable's value in the pickled job,
            or a key that is written in a function of it.
    """
    advice = (
        "let each node have it in its environment, or pass a callable that returns it: what is "
        "passed here travels through the cluster's object store"
    )
    for name, value in job.params.items():
        if name.endswith(("api_key", "auth_token")) and not callable(value):
            raise ConfigurationError(f"{name} must be a callable, not the key itself: {advice}")
    headers: dict[str, str] = job.params.get("extra_headers") or {}
    held = [name for name in headers if CREDENTIAL.search(name)]
    if held:
        raise ConfigurationError(f"extra_headers must not hold {held[0]!r}: {advice}")
    for name, value in os.environ.items():
        if CREDENTIAL.search(name) and len(value) >= SHORTEST and value.encode() in pickled:
            raise ConfigurationError(
                f"the value of {name} is in a parameter or a closure of this job: {advice}"
            )
    _check_literals(job, pickled, advice)


def _check_literals(job: Job, pickled: bytes, advice: str) -> None:
    """Find keys that are written in the job's functions, where these travel with their code."""
    for where, value in {"client": job.make_client, "prompt": job.prompt, **job.params}.items():
        for name, key in written_keys(value, where):
            if key.encode("utf-8", "surrogatepass") in pickled:
                raise ConfigurationError(f"{where}= holds a key in clear text, as {name}: {advice}")
    if LOOKS_LIKE_A_KEY.search(pickled):
        raise ConfigurationError(f"an argument of this job holds a key in clear text: {advice}")


def with_costs(params: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a call with the meter of chimeric-cost, where that is installed."""
    try:
        from chimeric_cost import Cost
    except ImportError:
        return params
    return {**params, "use": [*(params.get("use") or ()), Cost()]}


def schema_of(job: Job, messages: Any) -> dict[str, Any] | None:
    """Prepare a request for a job without sending it: the JSON schema of its structured answers.

    A client of the caller's goes as far as the request; one of ours also looks for the key, which
    is asked for where it comes from a callable.

    Raises:
        ConfigurationError: for what would be wrong with every row: no provider for the model, no
            key for it, a parameter that is none, a ``response_format`` that is none.
    """
    own = job.make_client is Chimeric
    stop = _Offline() if own else _Stop()
    made = Chimeric(plugins=[stop]) if own else job.make_client()
    if not isinstance(made, Chimeric):
        raise ConfigurationError(f"client must make a Chimeric, not {type(made).__name__}")
    params: dict[str, Any] = {**job.params, "stream": False, "max_retries": 0}
    if not own:
        params["use"] = [*(job.params.get("use") or ()), stop]
    with made as client:
        try:
            client.generate(job.model, messages, **params)
        except ConfigurationError:
            raise
        except ChimericError as error:
            if stop.context is None and not isinstance(error, RefusedError):
                raise ConfigurationError(f"no request can be made: {error}") from error
    if stop.context is None:
        return None  # a plugin answers, or refuses this one, in the provider's place
    wanted = stop.context.request.response_format
    return None if wanted is None else wanted.schema


class _Stop:
    """Ends a call before its key is looked for: a plugin of one call."""

    context: Context | None = None

    @hookimpl
    def chimeric_attempt(self, context: Context) -> Generator[Any, Any, None]:
        self.context = context
        raise RefusedError(PREPARED)
        yield SEND  # it is a hook that asks


class _Offline(_Stop):
    """Ends a call where its request would be sent: a plugin of a client, and its transport."""

    @hookimpl
    def chimeric_attempt(self, context: Context) -> Generator[Any, Any, None]:
        self.context = context
        yield SEND

    @hookimpl
    def chimeric_wrap_transport(self) -> Transport:
        return self

    def open(self, request: WireRequest, started: Started) -> WireResponse:
        raise ConnectionFailedError(PREPARED)

    def close(self) -> None:
        pass
