"""What a provider plugin declares about itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol, TypeAlias
from urllib.parse import quote

import msgspec

from chimeric.errors import ConfigurationError
from chimeric.values.messages import Message
from chimeric.values.requests import Request

__all__ = ["Capabilities", "Provider", "ProviderConfig", "Service", "quote_segment"]


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider's protocol can carry; single models may do less."""

    streaming: bool = True
    tools: bool = True
    parallel_tools: bool = True
    images: bool = False
    files: bool = False
    audio: bool = False
    reasoning: bool = False
    structured_output: bool = False
    citations: bool = False
    list_models: bool = True


class Service(Protocol):
    """Something that a provider runs for itself, such as an embedded server."""

    @property
    def base_url(self) -> str:
        """Where it listens."""
        ...

    def close(self) -> None:
        """Stop it; called once, when the client closes."""
        ...


FRAMINGS = ("sse", "ndjson")
"""Names of the framings that the core brings."""


DictKind: TypeAlias = Literal["message", "part", "tool"]
"""What a dict stands for where a caller passed it."""

ReadDict: TypeAlias = Callable[[DictKind, Mapping[str, Any], "tuple[Message, ...]"], Any]
"""A dict's kind, the dict, and the messages before it; None where it is of another form."""


def no_state(request: Request) -> dict[str, Any]:
    """The default parser memory: an empty dict."""
    return {}


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's declaration, returned by ``chimeric_provider()``. Data only; no I/O.

    Attributes:
        name: what users write before the colon in ``"name:model"``.
        base_url: where its API is, version path included.
        version_path: path for a caller's URL that has none, where ``base_url`` does not tell it.
        version_paths: for a provider whose own SDK adds a version path to whatever base URL it is
            given: that path, and others that count as one. The first is added to a URL that ends
            with none of them.
        aliases: other prefixes that it answers to.
        key_env: environment variables of the key, the first that is set wins.
        token_env: those of ``key_env`` that hold a bearer token: it is sent as ``Authorization:
            Bearer`` alone, whatever ``auth_header`` says, and ``<name>_auth_token=`` gives one.
        base_url_env: environment variables of the base URL, besides ``<NAME>_BASE_URL``.
        key_required: whether a call without a key is refused before anything is sent.
        auth_header: header that carries the key.
        auth_scheme: word before the key in that header, or "".
        headers: headers of every request.
        models: shell patterns of the bare model names that it serves (``gpt-*``), matched
            without regard to case.
        not_models: patterns to exclude from these.
        framing: ``sse``, ``ndjson`` or the name of a framing that a plugin brings.
        state: makes the parser's memory for one response.
        options: names of client and call options that it takes (``api``, ``region``).
        read_dict: reads dicts of its protocol's own form that a caller passes to any provider.
        params: names of its protocol's own parameters: in a call they pass as they are, however
            like a unified one they look (``user``, ``top_k``).
        capabilities: what it can do.
        request_id_headers: response headers that tell the request's id.
        idempotency_header: header for an idempotency key, or None where none is taken.
        service: starts what the provider needs to run, at its first use; None for most.
        api: lowest and highest number of the plugin API that it was written for.
        api_version: the same for one number.
        package: distribution to name in messages; filled in by the core.
    """

    name: str
    base_url: str = ""
    version_path: str | None = None
    version_paths: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    key_env: tuple[str, ...] = ()
    token_env: tuple[str, ...] = ()
    base_url_env: tuple[str, ...] = ()
    key_required: bool = True
    auth_header: str = "authorization"
    auth_scheme: str = "Bearer"
    headers: Mapping[str, str] = {}
    models: tuple[str, ...] = ()
    not_models: tuple[str, ...] = ()
    framing: str = "sse"
    state: Callable[[Request], Any] = no_state
    options: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    read_dict: ReadDict | None = None
    capabilities: Capabilities = Capabilities()
    request_id_headers: tuple[str, ...] = ("x-request-id", "request-id")
    idempotency_header: str | None = None
    service: Callable[[], Service] | None = None
    api: tuple[int, int] | None = None
    api_version: int | None = None
    package: str | None = None


class ProviderConfig(msgspec.Struct, frozen=True, kw_only=True):
    """A provider as one client has it set up; handed to the hooks. It holds no key.

    Attributes:
        name: the provider's name.
        base_url: resolved base URL, without a slash at its end, and without its query, which the
            core adds to every request.
        options: the provider's own options: of the client, overlaid by those of the call.
        declaration: what the plugin declared.
        has_key: whether a key was found.
        bearer: whether that key is a bearer token (``Provider.token_env``).
        endpoint: name of the client's endpoint that this is the set-up of, or "".
        query: query of the base URL, or "".
        own_origin: whether the base URL is at the client's own origin for this provider, the only
            one that credentials of the environment may go to.
        key_source: where that key comes from: ``argument``, ``callable`` (an argument too), or
            the name of a variable.
    """

    name: str
    base_url: str
    declaration: Provider
    options: Mapping[str, Any] = {}
    has_key: bool = False
    bearer: bool = False
    endpoint: str = ""
    query: str = ""
    own_origin: bool = True
    key_source: str = ""


def quote_segment(value: str, safe: str = "") -> str:
    """Quote a caller's value (a model name) so that it cannot leave its place in a URL path.

    Raises:
        ConfigurationError: for an empty value, ``.`` or ``..``, or control characters.

    Example:
        >>> quote_segment("us.claude-v1:0")
        'us.claude-v1%3A0'
    """
    if not value or not (value.isprintable() or all(31 < ord(c) != 127 for c in value)):
        raise ConfigurationError(f"{value!r} cannot be part of a URL path")
    if any(piece in (".", "..") for piece in value.replace("\\", "/").split("/")):
        raise ConfigurationError(f"{value!r} would change the URL path around it")
    return quote(value, safe=safe)
