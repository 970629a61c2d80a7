"""Chimeric: one interface that streams answers from many LLM providers.

Example:
    .. code-block:: python

        from chimeric import Chimeric

        client = Chimeric()
        for chunk in client.generate("sim:story", "Tell me a story", stream=True):
            print(chunk.delta or "", end="", flush=True)
"""

from __future__ import annotations

from ._version import __version__
from .batch import BatchResult
from .batch_async import AsyncBatch
from .chain import StreamProcessor
from .chunks import StreamChunk, ToolCallChunk, ToolExecutionResult
from .client import Chimeric
from .context import Context
from .deltas import Delta, ErrorInfo, ErrorKind, Event, FinishReason, ToolCallDelta
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
from .framing import Framer, NDJSONFramer, SSEFramer
from .json_schema import strict_schema
from .limits import Limits
from .markers import hookimpl, hookspec
from .messages import (
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
)
from .partial_json import PartialJSON
from .plugins import PluginInfo, plugins
from .provider import Capabilities, Model, ModelPage, Provider, ProviderConfig, quote_segment
from .requests import HTTPRequest, HTTPResponse, Request, ResponseFormat, ToolChoice, ToolName
from .responses import CompletionResponse
from .secrets import Secret
from .streams import AsyncStream, Stream
from .timeouts import Timeout
from .tools import Tool
from .transport import (
    AsyncTransport,
    AsyncWireResponse,
    Transport,
    WireRequest,
    WireResponse,
    WireTimeout,
)
from .usage import Usage

__all__ = [
    "AsyncBatch",
    "AsyncStream",
    "AsyncTransport",
    "AsyncWireResponse",
    "AudioPart",
    "AuthenticationError",
    "BadRequestError",
    "BatchResult",
    "Capabilities",
    "Chimeric",
    "ChimericError",
    "CompletionResponse",
    "ConcurrentUseError",
    "ConfigurationError",
    "ConnectionFailedError",
    "Context",
    "Delta",
    "ErrorInfo",
    "ErrorKind",
    "Event",
    "FilePart",
    "FinishReason",
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
    "ProviderState",
    "RateLimitError",
    "Request",
    "RequestTimeoutError",
    "ResponseFormat",
    "SSEFramer",
    "Secret",
    "ServerError",
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
    "Usage",
    "WireRequest",
    "WireResponse",
    "WireTimeout",
    "__version__",
    "file_part",
    "hookimpl",
    "hookspec",
    "plugins",
    "quote_segment",
    "strict_schema",
]
