"""A loaded provider: its declaration and its hook functions, called directly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from chimeric.errors import ChimericError, PluginError, describe
from chimeric.schema.type_guards import is_mapping
from chimeric.values.deltas import Delta, ErrorInfo, Event, Parsed, ToolCallDelta
from chimeric.values.requests import HTTPRequest, HTTPResponse, Request
from chimeric.values.secrets import Secret
from chimeric.values.transport import Framer

from .api import API_VERSION
from .hooks import OWN_HOOKS, Link, PluginHook, bind
from .hookspecs import PROVIDER_HOOKS
from .provider import FRAMINGS, Provider, ProviderConfig

if TYPE_CHECKING:
    from chimeric.values.models import ModelPage

__all__ = ["PARSE_FAULTS", "ProviderPlugin"]


PARSE_FAULTS = Exception
"""What is caught of a parser; ``faults.parse_fault`` says whose fault it is."""

WORDS = ("aliases", "key_env", "base_url_env", "models", "not_models", "options")
"""Fields of a declaration that hold several words each."""


class ProviderPlugin(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's hooks as plain functions of all their arguments; optional ones may be None."""

    name: str
    distribution: str | None
    declaration: Provider
    build_request: Callable[[Request, ProviderConfig], HTTPRequest]
    parse_event: Callable[[Event, Any], Delta | ToolCallDelta | str | None]
    parse_response: Callable[[HTTPResponse, Any], Parsed]
    native_event: Callable[[Event, Any], Any]
    sign_request: (
        Callable[
            [HTTPRequest, bytes, Secret | None, ProviderConfig, Mapping[str, str]],
            Mapping[str, str],
        ]
        | None
    )
    parse_error: Callable[[HTTPResponse, ProviderConfig], ErrorInfo | None] | None
    list_models: Callable[[ProviderConfig, str | None], HTTPRequest] | None
    parse_models: Callable[[HTTPResponse, ProviderConfig], ModelPage] | None
    get_model: Callable[[ProviderConfig, str], HTTPRequest | None] | None
    framings: Mapping[str, Callable[[int], Framer]]
    resume_request: Callable[[Request, Any, ProviderConfig], HTTPRequest | None] | None = None
    count_tokens: Callable[[HTTPRequest, Request, ProviderConfig], HTTPRequest] | None = None
    parse_count: Callable[[HTTPResponse, ProviderConfig], int] | None = None
    api: int = API_VERSION
    own: Mapping[str, tuple[Link, ...]] = {}

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

        hook = "chimeric_provider"
        try:
            declaration: Any = function(hook)()
            hook = "chimeric_framings"
            framings: Any = function(hook)() if hook in implementations else {}
        except Exception as error:
            text = f"{hook} failed: {describe(error)}"
            raise PluginError(text, plugin=name, distribution=distribution, hook=hook) from error
        if not isinstance(declaration, Provider):
            raise PluginError.wrong_return(
                name, "chimeric_provider", declaration, "return a Provider", distribution
            )
        fault = _declaration_fault(declaration, framings)
        if fault is not None:
            raise PluginError(fault, plugin=name, distribution=distribution)
        # Each of its other hooks is a field of that name.
        bound = {hook.removeprefix("chimeric_"): function(hook) for hook in PROVIDER_HOOKS}
        del bound["provider"]
        bound |= {"framings": framings, "native_event": bound["native_event"] or plain_native}
        return cls(
            name=declaration.name,
            distribution=distribution,
            declaration=msgspec.structs.replace(declaration, package=distribution),
            own={h: (Link.of(implementations[h], h),) for h in OWN_HOOKS if h in implementations},
            **bound,
        )

    def at(self, hook: str) -> PluginHook:
        """One of its hooks, for errors to name."""
        return PluginHook(self.name, hook, self.distribution)

    def native(self, event: Event, state: Any) -> Any:
        """An event of a stream in the provider's own form; a whole answer where there is no state.

        Raises:
            ProtocolError: when it cannot be read.
        """
        return self.parsed("chimeric_native_event", event.data, self.native_event, event, state)

    def parsed(self, hook: str, raw: bytes, parse: Callable[..., Any], *args: Any) -> Any:
        """What a parser makes of bytes.

        Raises:
            ChimericError: as it raises one; else of whom it is the fault that it cannot.
        """
        try:
            return parse(*args)
        except ChimericError:
            raise
        except Exception as error:
            raise self.parse_fault(hook, raw, error) from error

    def parse_fault(self, hook: str, raw: bytes, error: Exception) -> ChimericError:
        """The typed error for what a parser raised: whose fault it is, the bytes' or its own."""
        from chimeric.faults import parse_fault  # of use only when something is wrong

        return parse_fault(self, hook, raw, error)


def _declaration_fault(declared: Provider, framings: Any) -> str | None:
    """What of a declaration could only fail later, in the middle of a call; or None."""
    if not is_mapping(framings) or not all(map(callable, framings.values())):
        return "chimeric_framings must return a mapping of names to functions that make a framer"
    if declared.framing not in framings and declared.framing not in FRAMINGS:
        return (
            f"it declares the framing {declared.framing!r}, which no plugin brings; return it "
            "from chimeric_framings"
        )
    if not callable(declared.state):
        return "Provider.state must be a function of the request"
    if declared.read_dict is not None and not callable(declared.read_dict):
        return "Provider.read_dict must be a function of a kind, a dict and the messages before"
    for field in WORDS:
        words: Any = getattr(declared, field)
        if isinstance(words, str) or not all(isinstance(word, str) for word in words):
            return f"Provider.{field} must be a tuple of texts"
    return None


def plain_native(event: Event, state: Any) -> Any:
    """The native form of a provider that brings no structs: plain data."""
    return msgspec.json.decode(event.data)
