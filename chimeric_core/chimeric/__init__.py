"""Chimeric: one interface that streams answers from many LLM providers.

Example:
    .. code-block:: python

        from chimeric import Chimeric

        client = Chimeric()
        for chunk in client.generate("sim:story", "Tell me a story", stream=True):
            print(chunk.delta or "", end="", flush=True)
"""

from __future__ import annotations

import typing as _typing

from . import _moved
from . import forwards as _forwards
from ._version import __version__
from .client.client import Chimeric
from .client.streams import AsyncStream, Stream
from .errors import (
    AuthenticationError,
    BadRequestError,
    ChimericError,
    ConcurrentUseError,
    ConfigurationError,
    ConnectionFailedError,
    ModelNotSupportedError,
    NotFoundError,
    PermissionDeniedError,
    PluginError,
    PluginWarning,
    ProtocolError,
    ProviderError,
    ProviderNotFoundError,
    RateLimitError,
    RefusedError,
    RequestTimeoutError,
    ServerError,
    StreamError,
    StreamInterruptedError,
    StructuredOutputError,
    ToolError,
    ToolLoopLimitError,
    ToolRegistrationError,
    TranslationError,
    TranslationWarning,
    TransportError,
)
from .plugins.api import API_VERSION
from .plugins.hooks import register_commands
from .plugins.markers import hookimpl, hookspec
from .plugins.middleware_chain import StreamProcessor
from .plugins.provider import (
    Capabilities,
    Model,
    ModelPage,
    Provider,
    ProviderConfig,
    quote_segment,
)
from .plugins.registry import PluginInfo, plugins
from .stream.framing import NDJSONFramer, SSEFramer
from .transport.sockets import shut_down_socket
from .values.chunks import StreamChunk, ToolCallChunk, ToolExecutionResult
from .values.context import Context
from .values.deltas import Delta, ErrorInfo, ErrorKind, Event, FinishReason, ToolCallDelta
from .values.hooks.credentials import Credentials
from .values.hooks.finished_turn import FinishedTurn
from .values.hooks.outcome import Outcome
from .values.limits import Limits, Timeout
from .values.messages import (
    AudioPart,
    FilePart,
    ImagePart,
    Message,
    NativePart,
    Part,
    ProviderState,
    TextPart,
    ToolCall,
    file_part,
    normalize_messages,
)
from .values.requests import (
    HTTPRequest,
    HTTPResponse,
    Request,
    ResponseFormat,
    ToolChoice,
    ToolName,
)
from .values.responses import CompletionResponse
from .values.secrets import Secret
from .values.tools import Tool
from .values.transport import (
    AsyncTransport,
    AsyncWireResponse,
    Framer,
    Started,
    Transport,
    UnsentBody,
    WireRequest,
    WireResponse,
    WireTimeout,
)
from .values.usage import Usage
from .values.wants import SEND, Asking, fetch, run, wait

if _typing.TYPE_CHECKING:
    from .client.provider_setup import ProviderSetup
    from .schema.partial_json import PartialJSON
    from .transport.event_loop import current_loop, current_spawner, loop_is_closed

__all__ = [
    "API_VERSION",
    "SEND",
    "Asking",
    "AsyncStream",
    "AsyncTransport",
    "AsyncWireResponse",
    "AudioPart",
    "AuthenticationError",
    "BadRequestError",
    "Capabilities",
    "Chimeric",
    "ChimericError",
    "CompletionResponse",
    "ConcurrentUseError",
    "ConfigurationError",
    "ConnectionFailedError",
    "Context",
    "Credentials",
    "Delta",
    "ErrorInfo",
    "ErrorKind",
    "Event",
    "FilePart",
    "FinishReason",
    "FinishedTurn",
    "Framer",
    "HTTPRequest",
    "HTTPResponse",
    "ImagePart",
    "Limits",
    "Message",
    "Model",
    "ModelNotSupportedError",
    "ModelPage",
    "NDJSONFramer",
    "NativePart",
    "NotFoundError",
    "Outcome",
    "Part",
    "PartialJSON",
    "PermissionDeniedError",
    "PluginError",
    "PluginInfo",
    "PluginWarning",
    "ProtocolError",
    "Provider",
    "ProviderConfig",
    "ProviderError",
    "ProviderNotFoundError",
    "ProviderSetup",
    "ProviderState",
    "RateLimitError",
    "RefusedError",
    "Request",
    "RequestTimeoutError",
    "ResponseFormat",
    "SSEFramer",
    "Secret",
    "ServerError",
    "Started",
    "Stream",
    "StreamChunk",
    "StreamError",
    "StreamInterruptedError",
    "StreamProcessor",
    "StructuredOutputError",
    "TextPart",
    "Timeout",
    "Tool",
    "ToolCall",
    "ToolCallChunk",
    "ToolCallDelta",
    "ToolChoice",
    "ToolError",
    "ToolExecutionResult",
    "ToolLoopLimitError",
    "ToolName",
    "ToolRegistrationError",
    "TranslationError",
    "TranslationWarning",
    "Transport",
    "TransportError",
    "UnsentBody",
    "Usage",
    "WireRequest",
    "WireResponse",
    "WireTimeout",
    "__version__",
    "current_loop",
    "current_spawner",
    "fetch",
    "file_part",
    "hookimpl",
    "hookspec",
    "loop_is_closed",
    "normalize_messages",
    "plugins",
    "quote_segment",
    "register_commands",
    "run",
    "shut_down_socket",
    "wait",
]

if _typing.TYPE_CHECKING:
    from chimeric_batch import AsyncBatch as AsyncBatch
    from chimeric_batch import BatchResult as BatchResult
    from chimeric_chat_completions import strict_schema as strict_schema
else:  # seen by type checkers, it would make every misspelt name a good one

    def __getattr__(name: str) -> object:
        # Loaded when they are asked for: few programs do.
        if name == "PartialJSON":
            from .schema.partial_json import PartialJSON

            return PartialJSON
        if name == "ProviderSetup":
            from .client.provider_setup import ProviderSetup

            return ProviderSetup
        if name in ("current_loop", "current_spawner", "loop_is_closed"):
            from .transport import event_loop

            return getattr(event_loop, name)
        if name in _forwards.NAMES:
            return _forwards.find_moved(f"chimeric.{name}", _forwards.NAMES[name], name)
        raise AttributeError(f"module 'chimeric' has no attribute {name!r}")


_moved.install()
