"""Everything that Chimeric raises, as one tree that says whose fault it is.

::

    ChimericError
      ConfigurationError            the caller's set-up
        ProviderNotFoundError       no installed plugin serves that model
        ModelNotSupportedError      the provider cannot do what was asked
        PluginError                 a plugin is broken
        TranslationError            strict=True, and a parameter has no counterpart
        UnknownParameterError       a parameter of a call is misspelt, or is none of a call
      ProviderError                 the provider answered, with an error
        AuthenticationError         401
        PermissionDeniedError       403
        NotFoundError               404
        BadRequestError             400, 413, 422 and other 4xx
        RateLimitError              429
        ServerError                 5xx, 529, "overloaded"
      TransportError                the network
        ConnectionFailedError       no connection, or it broke before the answer began
        RequestTimeoutError         phase = connect | read | first | gap | total
      StreamError                   the answer itself
        StreamInterruptedError      ended without its terminal signal
        ProtocolError               not decodable, or over a limit
        StructuredOutputError       the text does not fit the response_format
        ConcurrentUseError          one stream iterated from two places at once
      ToolError                     tools
        ToolRegistrationError
        ToolLoopLimitError
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    from .values.responses import CompletionResponse

__all__ = [
    "AuthenticationError",
    "BadRequestError",
    "ChimericError",
    "ConcurrentUseError",
    "ConfigurationError",
    "ConnectionFailedError",
    "InsecureTransportWarning",
    "ModelNotSupportedError",
    "NotFoundError",
    "PermissionDeniedError",
    "PluginError",
    "PluginWarning",
    "ProtocolError",
    "ProviderError",
    "ProviderNotFoundError",
    "RateLimitError",
    "RefusedError",
    "RequestTimeoutError",
    "ServerError",
    "StreamError",
    "StreamInterruptedError",
    "StructuredOutputError",
    "ToolError",
    "ToolLoopLimitError",
    "ToolRegistrationError",
    "TranslationError",
    "TranslationWarning",
    "TransportError",
    "UnknownParameterError",
]

TimeoutPhase = Literal["connect", "read", "first", "gap", "total"]
RAW_LIMIT = 64 * 1024
"""Bytes of a body or an event that an error keeps."""


class TranslationWarning(UserWarning):
    """A parameter, message part or piece of state has no counterpart at this provider."""


class PluginWarning(UserWarning):
    """A plugin was set aside, or an observer raised; the stream is not affected."""


def warn_of_plugin(text: str) -> None:
    """Tell of a plugin's fault, where its caller is."""
    warnings.warn(PluginWarning(text), stacklevel=3)


class InsecureTransportWarning(UserWarning):
    """A key goes over plain http to another machine; an error with ``CHIMERIC_REQUIRE_TLS=1``."""


class ChimericError(Exception):
    """The root of everything that Chimeric raises.

    Attributes:
        provider: name of the provider, where known.
        endpoint: name of the client's endpoint that was asked, where one was.
        model: the model that was asked for, where known.
        request_id: the provider's own id of the request, where it sent one.
        partial: what had arrived when the error was raised (None before the first byte).
        headers: of the last HTTP response, if any, by name in any case, secrets masked.
        kind: one word for the fault, as a machine reads it.
        retryable: whether the same request may succeed later.
    """

    kind: ClassVar[str] = "error"
    retryable: bool = False
    endpoint: str | None = None

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        model: str | None = None,
        request_id: str | None = None,
        partial: CompletionResponse | None = None,
        endpoint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.provider = provider
        self.endpoint = endpoint
        self.model = model
        self.request_id = request_id
        self.partial = partial
        self.headers: Mapping[str, str] = {}

    def __str__(self) -> str:
        labels = ("endpoint", "provider", "model", "request_id")
        where = [f"{label}={getattr(self, label)}" for label in labels if getattr(self, label)]
        return f"{self.message} [{', '.join(where)}]" if where else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self).__new__, (type(self), self.message), self.__dict__)


def describe(error: BaseException) -> str:
    """The kind and the words of an error of another's making, whose ``__str__`` may raise."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:
        return f"{type(error).__name__}, whose text cannot be shown"


class ConfigurationError(ChimericError):
    """The set-up is wrong: a missing key, a bad argument, a closed client."""

    kind = "configuration"


class ProviderNotFoundError(ConfigurationError):
    """No installed plugin answers to that provider name or model name, or several do."""

    kind = "provider_not_found"


class ModelNotSupportedError(ConfigurationError):
    """The model or provider cannot do what was asked (files, tools, a model name of no use)."""

    kind = "model_not_supported"


class PluginError(ConfigurationError):
    """A plugin cannot be loaded, breaks the contract, or one of its hooks raised.

    Attributes:
        plugin, distribution: the plugin's name, and what it was installed as, where known.
        hook: the hook that failed, where one did.
    """

    kind = "plugin"

    def __init__(
        self,
        message: str,
        *,
        plugin: str | None = None,
        distribution: str | None = None,
        hook: str | None = None,
        **context: Any,
    ) -> None:
        super().__init__(message, **context)
        self.plugin = plugin
        self.distribution = distribution
        self.hook = hook

    @classmethod
    def raised(
        cls, plugin: str, hook: str, error: BaseException, distribution: str | None = None
    ) -> PluginError:
        """The error for a hook that raised ``error``; chain it as the cause."""
        text = f"plugin {plugin!r} failed in {hook}: {describe(error)}"
        return cls(text, plugin=plugin, distribution=distribution, hook=hook)

    @classmethod
    def wrong_return(
        cls, plugin: str, hook: str, value: object, wanted: str, distribution: str | None = None
    ) -> PluginError:
        """The error for a hook that returned what it may not; ``wanted`` says what it may."""
        text = f"plugin {plugin!r} returned {type(value).__name__} from {hook}; {wanted}"
        return cls(text, plugin=plugin, distribution=distribution, hook=hook)


class TranslationError(ConfigurationError):
    """``strict=True`` and something in the request has no counterpart at this provider."""

    kind = "translation"


class UnknownParameterError(ConfigurationError, TypeError):
    """A parameter of a call is misspelt, has another name here, or belongs to the constructor.

    The text names what was meant. A provider's own parameters (``Provider.params``) pass.
    """

    kind = "unknown_parameter"


class ProviderError(ChimericError):
    """The provider answered with an error, as a status or inside the stream.

    Attributes:
        status_code: the HTTP status that was received; 200 for an error inside a stream.
        body: the error's body as text (at most 64 KiB), secrets masked.
        retry_after: seconds that the provider asked to wait, where it did.
        type, code: the provider's own error type and code.
    """

    kind = "provider"

    def __init__(
        self,
        message: str,
        *,
        status_code: int | None = None,
        body: str | None = None,
        retry_after: float | None = None,
        type: str | None = None,
        code: str | int | None = None,
        **context: Any,
    ) -> None:
        super().__init__(message, **context)
        self.status_code = status_code
        self.body = body
        self.retry_after = retry_after
        self.type = type
        self.code = code

    @property
    def status(self) -> int | None:
        """The same as ``status_code``."""
        return self.status_code


class AuthenticationError(ProviderError):
    """401: the key is missing, wrong or revoked."""

    kind = "auth"


class PermissionDeniedError(ProviderError):
    """403: the key is good, but not for this."""

    kind = "permission"


class NotFoundError(ProviderError):
    """404: no such model or path at this provider."""

    kind = "not_found"


class BadRequestError(ProviderError):
    """400, 413, 422 and other 4xx: the request itself was refused."""

    kind = "bad_request"


class RateLimitError(ProviderError):
    """429: too many requests or tokens, or a quota is used up."""

    kind = "rate_limit"
    retryable = True


class ServerError(ProviderError):
    """5xx, 529 or an "overloaded" event: the provider failed."""

    kind = "server"
    retryable = True


class TransportError(ChimericError):
    """The network failed, before or instead of an answer."""

    kind = "transport"
    retryable = True


class ConnectionFailedError(TransportError):
    """No connection could be made, or it broke before the answer began."""

    kind = "connection"


class RequestTimeoutError(TransportError):
    """A time limit passed.

    Attributes:
        phase: ``connect``, ``read`` (no byte), ``first`` or ``gap`` (no content), or ``total``.
    """

    kind = "timeout"

    def __init__(self, message: str, *, phase: TimeoutPhase, **context: Any) -> None:
        super().__init__(message, **context)
        self.phase: TimeoutPhase = phase


class StreamError(ChimericError):
    """The answer began, and went wrong. ``partial`` holds every character that had arrived."""

    kind = "stream"


class StreamInterruptedError(StreamError):
    """The stream ended without the provider's terminal signal, or the connection broke.

    Attributes:
        closed: whether the caller closed it while it was read: nobody's failure, not tried again.
    """

    kind = "incomplete"
    retryable = True
    closed = False


class ProtocolError(StreamError):
    """The bytes are not what the protocol says, or are over a limit.

    Attributes:
        raw: the offending bytes, at most 64 KiB of them.
        limit: ``event_size``, ``response_size``, ``headers`` or ``tool_calls``, where passed.
    """

    kind = "protocol"

    def __init__(
        self, message: str, *, raw: bytes = b"", limit: str | None = None, **context: Any
    ) -> None:
        super().__init__(message, **context)
        self.raw = bytes(raw[:RAW_LIMIT])
        self.limit = limit


class StructuredOutputError(StreamError):
    """The answer does not fit the ``response_format``; its text is in ``partial.content``."""

    kind = "structured_output"


class ConcurrentUseError(StreamError):
    """One stream was iterated from two threads or tasks at the same time."""

    kind = "concurrent_use"


class RefusedError(ChimericError):
    """A plugin refused the request: a limit was reached, a guard said no. It is not tried again.

    Attributes:
        retry_after: seconds after which it may pass, where that is known.

    Example:
        >>> RefusedError("20 requests a minute are used up", retry_after=12.0).retryable
        False
    """

    kind = "refused"

    def __init__(self, message: str, *, retry_after: float | None = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.retry_after = retry_after


class ToolError(ChimericError):
    """Something about tools that the model cannot be told about."""

    kind = "tool"


class ToolRegistrationError(ToolError, TypeError):
    """A function cannot become a tool: the message names the parameter and the reason."""

    kind = "tool_registration"


class ToolLoopLimitError(ToolError):
    """The model still asked for tools after ``max_turns`` rounds; ``partial`` holds all of it."""

    kind = "tool_loop_limit"
