"""The Responses wire protocol as a library: provider plugins set its knobs with a ``Dialect``.

It registers no provider of its own. Importing it loads no wire code: everything but ``Dialect``
is loaded with its first use, so that a plugin which declares a provider stays cheap.

Example:
    .. code-block:: python

        from chimeric_responses import Dialect

        DIALECT = Dialect(api="acme.responses", instructions=False)


        @hookimpl
        def chimeric_build_request(request, provider):
            from chimeric_responses import build_request

            return build_request(request, provider, DIALECT)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .dialect import PARAMS, PICTURES, Dialect

if TYPE_CHECKING:
    from .errors import fault, parse_error
    from .models import get_model, list_models, parse_models
    from .native import native_body, native_event
    from .parser import ResponsesState
    from .request import build_request, resume_request
    from .tools.client_calls import CallKind

__all__ = [
    "PARAMS",
    "PICTURES",
    "CallKind",
    "Dialect",
    "ResponsesState",
    "build_request",
    "fault",
    "get_model",
    "list_models",
    "native_body",
    "native_event",
    "parse_error",
    "parse_models",
    "resume_request",
]

_HOMES = {
    "CallKind": "tools.client_calls",
    "ResponsesState": "parser",
    "build_request": "request",
    "fault": "errors",
    "get_model": "models",
    "list_models": "models",
    "native_body": "native",
    "native_event": "native",
    "parse_error": "errors",
    "parse_models": "models",
    "resume_request": "request",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value
