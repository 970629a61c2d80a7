"""Which models the core can route, asked of the core itself."""

from __future__ import annotations

import difflib
import re
import warnings
from collections.abc import Mapping
from typing import Any, NoReturn

from chimeric import (
    Chimeric,
    ChimericError,
    ConfigurationError,
    Endpoint,
    RefusedError,
    hookimpl,
)

__all__ = ["Routing", "plain"]

DETAILS = re.compile(r" \(installed: [^)]*\)| \[[a-z_]+=[^\]]*\]$")


class _Stop:
    """Ends each request before anything is sent."""

    @hookimpl(tryfirst=True)
    def chimeric_attempt(self) -> NoReturn:
        """Refuse."""
        raise RefusedError("it was routed")


class Routing:
    """Tells whether models can be asked. Nothing is sent.

    Args:
        endpoints: of the gateway's client.

    Raises:
        ConfigurationError: for an endpoint that the core refuses.
    """

    def __init__(self, endpoints: Mapping[str, Endpoint]) -> None:
        self._endpoints = tuple(endpoints)
        # These calls are none: nobody wants a span of them.
        self._client = Chimeric(endpoints=dict(endpoints), max_retries=0, disable_plugins=["otel"])

    def __enter__(self) -> Routing:
        return self

    def __exit__(self, *raised: object) -> None:
        self._client.close()

    def fault(self, model: str, params: Mapping[str, Any] = {}) -> str | None:
        """Why a model cannot be asked, or asked so, in one line; None where it can.

        A missing key is none: a plugin may bring one.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._client.generate(model, "?", use=[_Stop()], **params)
        except ConfigurationError as error:
            return self._hinted(model, plain(error))
        except TypeError as error:
            return str(error)
        except ChimericError:
            return None
        return None

    def _hinted(self, model: str, fault: str) -> str:
        """With the endpoint that was meant: of short names the core has no idea."""
        prefix, colon, _ = model.partition(":")
        near = difflib.get_close_matches(prefix, self._endpoints, 1, 0.5) if colon else []
        if not near or near[0] == prefix or "did you mean" in fault:
            return fault
        return f"{fault}; did you mean {near[0]!r}?"


def plain(error: Exception) -> str:
    """The text of one of the core's errors without the list of all that is installed."""
    return DETAILS.sub("", str(error))
