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

from . import errors as _errors
from . import forwards as _forwards
from . import older as _older
from ._version import __version__
from .client.client import Chimeric
from .client.streams import Stream
from .errors import *  # noqa: F403 -- its __all__ is part of ours, like those below
from .plugins.api import API_VERSION, hookimpl, hookspec
from .plugins.provider import Capabilities, Provider, ProviderConfig, quote_segment
from .plugins.registry import plugins
from .stream.framing import SSEFramer
from .transport.sockets import shut_down_socket
from .values import requests as _requests
from .values import transport as _transport
from .values.blocks.citations import Citation
from .values.chunks import StreamChunk, ToolCallChunk, ToolExecutionResult
from .values.context import Context, Continuation
from .values.deltas import Delta, ErrorInfo, ErrorKind, Event, FinishReason, ToolCallDelta
from .values.hooks.wants import SEND, Asking, fetch, run, wait, within
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
    normalize_messages,
)
from .values.requests import *  # noqa: F403
from .values.responses import CompletionResponse
from .values.secrets import Secret
from .values.tools import Tool
from .values.transport import *  # noqa: F403
from .values.usage import Usage

if _typing.TYPE_CHECKING:
    from .client.arguments.endpoints import Endpoint
    from .client.async_streams import AsyncStream
    from .client.provider_setup import ProviderSetup
    from .client.reading.timing import Timing
    from .plugins.installed import PluginInfo, register_commands
    from .plugins.middleware_chain import StreamProcessor
    from .schema.partial_json import PartialJSON
    from .stream.framings.ndjson import NDJSONFramer
    from .stream.text_processor import TextProcessor
    from .transport.event_loop import current_loop, current_spawner, loop_is_closed
    from .values.blocks.files import GeneratedFile
    from .values.blocks.logprobs import TokenLogprob
    from .values.blocks.reasoning import ReasoningPart
    from .values.blocks.server_tools import ServerToolChunk
    from .values.extras.own import own_keys
    from .values.forms.stored import from_json, to_json
    from .values.hooks.credentials import Credentials
    from .values.hooks.finished_turn import FinishedTurn
    from .values.hooks.outcome import Outcome
    from .values.hooks.pause import Pause
    from .values.messages.forms import file_part
    from .values.models import Model, ModelInfo, ModelPage, Prices

__all__ = [
    "API_VERSION",
    "SEND",
    "Asking",
    "AsyncStream",
    "AudioPart",
    "Capabilities",
    "Chimeric",
    "Citation",
    "CompletionResponse",
    "Context",
    "Continuation",
    "Credentials",
    "Delta",
    "Endpoint",
    "ErrorInfo",
    "ErrorKind",
    "Event",
    "FilePart",
    "FinishReason",
    "FinishedTurn",
    "GeneratedFile",
    "ImagePart",
    "Limits",
    "Message",
    "Model",
    "ModelInfo",
    "ModelPage",
    "NDJSONFramer",
    "NativePart",
    "Outcome",
    "Part",
    "PartialJSON",
    "Pause",
    "PluginInfo",
    "Prices",
    "Provider",
    "ProviderConfig",
    "ProviderSetup",
    "ProviderState",
    "ReasoningPart",
    "SSEFramer",
    "Secret",
    "ServerToolChunk",
    "Stream",
    "StreamChunk",
    "StreamProcessor",
    "TextPart",
    "TextProcessor",
    "Timeout",
    "Timing",
    "TokenLogprob",
    "Tool",
    "ToolCall",
    "ToolCallChunk",
    "ToolCallDelta",
    "ToolExecutionResult",
    "Usage",
    "__version__",
    "current_loop",
    "current_spawner",
    "fetch",
    "file_part",
    "from_json",
    "hookimpl",
    "hookspec",
    "loop_is_closed",
    "normalize_messages",
    "own_keys",
    "plugins",
    "quote_segment",
    "register_commands",
    "run",
    "shut_down_socket",
    "to_json",
    "wait",
    "within",
]
__all__ += _errors.__all__
__all__ += _requests.__all__
__all__ += _transport.__all__

if _typing.TYPE_CHECKING:
    from chimeric_batch import AsyncBatch as AsyncBatch
    from chimeric_batch import BatchResult as BatchResult
    from chimeric_chat_completions import strict_schema as strict_schema
else:  # seen by type checkers, it would make every misspelt name a good one
    __all__.sort(key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    _ON_USE = {
        "AsyncStream": "client.async_streams",
        "Credentials": "values.hooks.credentials",
        "Endpoint": "client.arguments.endpoints",
        "FinishedTurn": "values.hooks.finished_turn",
        "GeneratedFile": "values.blocks.files",
        "Model": "values.models",
        "ModelInfo": "values.models",
        "ModelPage": "values.models",
        "NDJSONFramer": "stream.framings.ndjson",
        "Outcome": "values.hooks.outcome",
        "PartialJSON": "schema.partial_json",
        "Pause": "values.hooks.pause",
        "PluginInfo": "plugins.installed",
        "Prices": "values.models",
        "ProviderSetup": "client.provider_setup",
        "ReasoningPart": "values.blocks.reasoning",
        "ServerToolChunk": "values.blocks.server_tools",
        "StreamProcessor": "plugins.middleware_chain",
        "TextProcessor": "stream.text_processor",
        "Timing": "client.reading.timing",
        "TokenLogprob": "values.blocks.logprobs",
        "current_loop": "transport.event_loop",
        "current_spawner": "transport.event_loop",
        "file_part": "values.messages.forms",
        "from_json": "values.forms.stored",
        "loop_is_closed": "transport.event_loop",
        "own_keys": "values.extras.own",
        "register_commands": "plugins.installed",
        "to_json": "values.forms.stored",
    }

    def __getattr__(name: str) -> object:
        if name in _ON_USE:  # loaded when they are asked for: few programs do
            from importlib import import_module

            return getattr(import_module(f"chimeric.{_ON_USE[name]}"), name)
        if name in _forwards.NAMES:
            from . import _moved

            return _moved.find_moved(f"chimeric.{name}", _forwards.NAMES[name], name)
        raise AttributeError(f"module 'chimeric' has no attribute {name!r}")


_older.warn_of_older(__path__[0])  # noqa: F405 -- every package has it
