"""What a gateway is set up with, as it was read and checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from chimeric import Endpoint, Timeout

__all__ = [
    "CacheSettings",
    "ClientSettings",
    "HedgeSettings",
    "LimitSettings",
    "ModelSettings",
    "Settings",
]

OnError = Literal["pass", "fail"]


class HedgeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model that is hedged, in the words of chimeric-hedge's ``Hedge``.

    Attributes:
        models: what to ask too, in order, each as the core routes it.
        delay: seconds without content after which the next is asked; None: as measured.
        quantile: of the measured times.
        initial: seconds to wait until enough was measured.
        bounds: seconds that the measured delay is held between.
        max_extra: extra requests for each request at most.
    """

    models: tuple[str, ...]
    delay: float | None = None
    quantile: float = 0.95
    initial: float = 2.0
    bounds: tuple[float, float] = (0.05, 30.0)
    max_extra: float = 0.1

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of ``Hedge``, besides its client and models."""
        return {name: value for name, value in _fields(self).items() if name != "models"}


class CacheSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Answers that are kept, in the words of chimeric-cache's ``Cache``.

    Attributes:
        store: a file's path, or the URL of a Redis server.
        shared: whether clients get each other's answers; else each has its own.
        max_age: seconds after which an answer is asked for anew; None: never.
        parts: what of a request has to be the same.
        headers: names of headers that have to be the same, too.
        keep: finish reasons of answers that are kept.
        pace: whether an answer comes at once, or as fast as it was recorded.
        on_error: what a store that fails does to a call.
        wait: seconds that a store has for an answer.
    """

    store: str
    shared: bool = False
    max_age: float | None = None
    parts: tuple[Literal["model", "messages", "tools", "parameters"], ...] = (
        "model",
        "messages",
        "tools",
        "parameters",
    )
    headers: tuple[str, ...] = ("anthropic-beta", "openai-beta")
    keep: tuple[str, ...] = ("stop", "tool_calls")
    pace: Literal["at once", "recorded"] = "at once"
    on_error: OnError = "pass"
    wait: float = 2.0

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of ``Cache``, besides its store and scope."""
        return {n: v for n, v in _fields(self).items() if n not in ("store", "shared")}


class LimitSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits of what goes to providers, in the words of chimeric-limit's ``Limit``.

    Attributes:
        requests: in any ``window``.
        tokens: in any ``window``, of prompts and answers together.
        concurrent: at a time.
        spending: dollars in any ``spending_window``.
        window: seconds.
        spending_window: seconds.
        per: what has a limit of its own; ``client`` is the client's name.
        wait: seconds that a request waits for room at most; 0 refuses at once.
        answer: tokens that are set aside for an answer.
        learn: whether to pause as the provider's own headers say.
        on_error: what a store that fails does to a call.
    """

    requests: int | None = None
    tokens: int | None = None
    concurrent: int | None = None
    spending: float | None = None
    window: float = 60.0
    spending_window: float = 86_400.0
    per: tuple[Literal["provider", "model", "endpoint", "client"], ...] = ("provider",)
    wait: float = 0.0
    answer: int = 500
    learn: bool = True
    on_error: OnError = "pass"

    def arguments(self) -> dict[str, Any]:
        """Keyword arguments of ``Limit``, besides its store."""
        return _fields(self)


class ModelSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A name that clients use.

    Attributes:
        name: what clients call it.
        model: what the core is asked for (``"eu:gpt-5.4-mini"``).
        fallbacks: what is asked instead, in order, each as the core routes it.
        hedge: what is asked too when it is slow.
        cache: where its answers are kept; what holds for all models is in here already.
        limit: what may go to it; what holds for all models is in here already.
        params: arguments of ``generate`` for what the client does not say.
    """

    name: str
    model: str
    fallbacks: tuple[str, ...] = ()
    hedge: HedgeSettings | None = None
    cache: CacheSettings | None = None
    limit: LimitSettings | None = None
    params: dict[str, Any] = {}


class ClientSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Who may ask.

    Attributes:
        name: of the client; it is logged.
        key_hash: SHA-256 of its key: 64 hexadecimal digits, small letters.
        models: names that it may use; None: all.
        requests_per_minute: None: as many as it likes.
    """

    name: str
    key_hash: str
    models: tuple[str, ...] | None = None
    requests_per_minute: int | None = None


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All of it; ``load`` makes one.

    Attributes:
        max_body: bytes of a request's body at most.
        grace: seconds that open streams have when the gateway is told to stop.
        keepalive: seconds of silence after which a stream says that it is alive.
        max_retries: of the gateway itself, before content.
        timeout: time limits of each call.
        endpoints: for ``Chimeric(endpoints=...)``.
        models: by the name that clients use; none: every routable name is served.
        clients: by name; none: nobody needs a key.
        cache: what holds for models that do not say.
        limit: what holds for models that do not say.
        redis: URL of the Redis server by which workers share limits, ``CHIMERIC_LIMIT_STORE``
            where the file has none; None: each has its own.
        log: whether a line is written for each call.
        log_content: whether it holds what was asked and answered.
        otel: whether calls are reported to OpenTelemetry.
        source: the file, for texts of errors.
    """

    max_body: int = 32_000_000
    grace: float = 30.0
    keepalive: float = 15.0
    max_retries: int = 0
    timeout: Timeout = Timeout()
    endpoints: dict[str, Endpoint] = {}
    models: dict[str, ModelSettings] = {}
    clients: dict[str, ClientSettings] = {}
    cache: CacheSettings | None = None
    limit: LimitSettings | None = None
    redis: str | None = None
    log: bool = True
    log_content: bool = False
    otel: bool = False
    source: str = ""


_fields: Callable[[msgspec.Struct], dict[str, Any]] = msgspec.structs.asdict
