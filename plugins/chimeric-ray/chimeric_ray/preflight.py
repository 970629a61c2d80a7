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
    Context,
    RefusedError,
    hookimpl,
    plugins,
)

from .job import Job

__all__ = ["check_secrets", "schema_of", "with_costs"]

CREDENTIAL = re.compile(r"auth|key|token|secret|password|cookie|credential", re.IGNORECASE)
"""Names of headers and variables that hold keys."""

SHORTEST = 8
"""Characters of a variable's value that may be a key."""


def check_secrets(job: Job, pickled: bytes) -> None:
    """Find keys that would travel with the job.

    Raises:
        ConfigurationError: for a key that is no callable, or a variable's value in the pickled job.
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


def with_costs(params: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a call with the meter of chimeric-cost, where that is installed."""
    try:
        from chimeric_cost import Cost
    except ImportError:
        return params
    return {**params, "use": [*(params.get("use") or ()), Cost()]}


def schema_of(job: Job, messages: Any) -> dict[str, Any] | None:
    """Prepare a request for a job without sending it: the JSON schema of its structured answers.

    Raises:
        ConfigurationError: for what would be wrong with every row: no provider for the model, no
            key for it, a parameter that is none, a ``response_format`` that is none.
    """
    stop = _Stop()
    with job.make_client() as client:
        if not isinstance(client, Chimeric):
            raise ConfigurationError(f"client must make a Chimeric, not {type(client).__name__}")
        params: dict[str, Any] = {**job.params, "stream": False}
        params["use"] = [*(job.params.get("use") or ()), stop]
        try:
            client.generate(job.model, messages, **params)
        except RefusedError:
            if stop.context is None:  # another plugin's word, and about this one request
                return None
        except ConfigurationError:
            raise
        except ChimericError as error:
            raise ConfigurationError(f"no request can be made: {error}") from error
        if stop.context is None:
            return None  # a plugin answers in the provider's place
        _check_key(client, stop.context, job)
        wanted = stop.context.request.response_format
        return None if wanted is None else wanted.schema


class _Stop:
    """Ends a call where its request would be sent."""

    context: Context | None = None

    @hookimpl
    def chimeric_attempt(self, context: Context) -> Generator[Any, Any, None]:
        self.context = context
        raise RefusedError("this request is only prepared")
        yield SEND  # it is a hook that asks


def _check_key(client: Chimeric, context: Context, job: Job) -> None:
    """Whether there is a key, as far as that can be known: plugins may bring one at the call."""
    if job.params.get("api_key") is not None or context.endpoint:
        return
    hooks = {info.name: info.hooks for info in plugins()}
    if "chimeric_credentials" in hooks.get(context.provider, ("chimeric_credentials",)):
        return
    if client.hook_order().get("chimeric_credentials"):
        return
    for setup in client.provider_setups():
        if setup.name == context.provider and not setup.configured:
            variables = " or ".join(setup.declaration.key_env)
            raise ConfigurationError(
                f"no API key for {setup.name} on the nodes: set {variables} in the environment of "
                "every node, or pass api_key=, a callable that returns the key",
                provider=setup.name,
            )
