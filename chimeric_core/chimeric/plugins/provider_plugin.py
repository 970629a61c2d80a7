"""A loaded provider: its declaration and its hook functions, called directly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from chimeric.errors import PluginError, ProtocolError
from chimeric.values.deltas import Delta, ErrorInfo, Event
from chimeric.values.requests import HTTPRequest, HTTPResponse, Request
from chimeric.values.secrets import Secret
from chimeric.values.transport import Framer

from .api import API_VERSION
from .hooks import bind
from .provider import ModelPage, Provider, ProviderConfig

__all__ = ["PARSE_FAULTS", "ProviderPlugin", "undecodable"]


PARSE_FAULTS = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RecursionError,
    AssertionError,
)
"""What a parser raises on bytes that it did not expect; ``DecodeError`` is a ValueError."""


class ProviderPlugin(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's hooks as plain functions of all their arguments; optional ones may be None."""

    name: str
    distribution: str | None
    declaration: Provider
    build_request: Callable[[Request, ProviderConfig], HTTPRequest]
    parse_event: Callable[[Event, Any], Delta | str | None]
    parse_response: Callable[[HTTPResponse, Any], Delta]
    native_event: Callable[[Event, Any], Any]
    sign_request: (
        Callable[[HTTPRequest, bytes, Secret | None, ProviderConfig], Mapping[str, str]] | None
    )
    parse_error: Callable[[HTTPResponse, ProviderConfig], ErrorInfo | None] | None
    list_models: Callable[[ProviderConfig, str | None], HTTPRequest] | None
    parse_models: Callable[[HTTPResponse, ProviderConfig], ModelPage] | None
    framings: Mapping[str, Callable[[int], Framer]]
    api: int = API_VERSION

    @classmethod
    def load(
        cls, implementations: Mapping[str, Any], name: str, distribution: str | None
    ) -> ProviderPlugin:
        """Bind the implementations and call for the declaration.

        Raises:
            PluginError: when the declaration cannot be had, or is none.
        """

        def function(hook: str) -> Any:
            found = implementations.get(hook)
            return None if found is None else bind(found.function, found.argnames, hook)

        try:
            declaration: Any = function("chimeric_provider")()
            framings: Any = function("chimeric_framings")
            framings = {} if framings is None else dict(framings())
        except Exception as error:
            raise PluginError(
                f"chimeric_provider failed: {type(error).__name__}: {error}",
                plugin=name,
                distribution=distribution,
                hook="chimeric_provider",
            ) from error
        if not isinstance(declaration, Provider):
            raise PluginError.wrong_return(
                name, "chimeric_provider", declaration, "return a Provider", distribution
            )
        return cls(
            name=declaration.name,
            distribution=distribution,
            declaration=msgspec.structs.replace(declaration, package=distribution),
            build_request=function("chimeric_build_request"),
            parse_event=function("chimeric_parse_event"),
            parse_response=function("chimeric_parse_response"),
            native_event=function("chimeric_native_event") or plain_native,
            sign_request=function("chimeric_sign_request"),
            parse_error=function("chimeric_parse_error"),
            list_models=function("chimeric_list_models"),
            parse_models=function("chimeric_parse_models"),
            framings=framings,
        )

    def native(self, event: Event, state: Any) -> Any:
        """An event of a stream in the provider's own form.

        Raises:
            ProtocolError: when it cannot be read.
        """
        try:
            return self.native_event(event, state)
        except PARSE_FAULTS as error:
            raise undecodable(event.data, error) from error

    def native_body(self, event: Event) -> Any:
        """The body of a non-streaming answer in the provider's own form."""
        return self.native_event(event, None)


def undecodable(raw: bytes, error: BaseException) -> ProtocolError:
    """The typed error for bytes that the provider's parser could not read."""
    return ProtocolError(f"the provider sent what is no event of its protocol: {error}", raw=raw)


def plain_native(event: Event, state: Any) -> Any:
    """The native form of a provider that brings no structs: plain data."""
    return msgspec.json.decode(event.data)
