"""Chat completions of Azure: OpenAI's, with verdicts of content filters between the pieces."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from chimeric_chat_completions import ChatDialect
from chimeric_chat_completions.strings import join_texts
from chimeric_models.gpt import system_role
from chimeric_responses import PICTURES

from chimeric import (
    Delta,
    Event,
    FilePart,
    HTTPRequest,
    HTTPResponse,
    ModelNotSupportedError,
    Part,
    ProviderConfig,
    Request,
    ToolCallDelta,
)

from .families import is_foreign, takes_max_tokens
from .filters import MARK, Verdicts
from .surface import Surface

if TYPE_CHECKING:
    from chimeric_models import Rules

__all__ = ["ChatState", "build"]


def _part(part: Part) -> None:
    if isinstance(part, FilePart):
        raise ModelNotSupportedError(
            "chat completions at Azure take no files: use api='responses'", provider="azure"
        )


@cache
def _rules() -> Rules:
    from .rules import CHAT_RULES

    return CHAT_RULES


@cache
def _rules_of_others() -> Rules:
    from .rules import OTHERS_RULES

    return OTHERS_RULES


OPENAI = ChatDialect(
    keys=("audio", "name", "prompt_cache_breakpoint"),
    allowed_tools=True,
    system_role=system_role,
    pictures=PICTURES,
    max_tokens="max_completion_tokens",
    rules=_rules,
    refusals=True,
    parts=("refusal",),
    answer_media=False,  # as at OpenAI
    part=_part,
)

OTHERS = ChatDialect(
    keys=("name",),
    max_tokens="max_completion_tokens",
    rules=_rules_of_others,
    parts=(),
    answer_media=False,
    part=_part,
)
"""Models of other makers, whose servers refuse what they do not know."""


def build(
    request: Request, provider: ProviderConfig, surface: Surface, deployment: str
) -> HTTPRequest:
    """A call of ``/chat/completions``; ``request.model`` is the family, as far as it is known."""
    http = _dialect(request.model).build_request(request, provider)
    body: Any = http.body
    body = {**body, "model": request.extra_body.get("model", deployment)}
    renamed = takes_max_tokens(request.model) or surface.kind == "inference"
    if renamed and "max_completion_tokens" in body and request.max_tokens is not None:
        body["max_tokens"] = body.pop("max_completion_tokens")
    if surface.kind == "inference":
        join_texts(body["messages"])  # it takes lists of parts only for pictures and sound
    dropped = http.dropped
    if surface.named not in (None, deployment):
        dropped = (*dropped, f"the base URL names the deployment {surface.named}: it answers")
    url = surface.url("/chat/completions", deployment)
    return msgspec.structs.replace(http, url=url, body=body, dropped=dropped)


OLD = b"prompt_annotations"
"""How the verdicts on prompts were called in 2023, in the first event of a stream."""


class ChatState:
    """The parser's memory for one answer: that of chat completions, and the verdicts."""

    def __init__(self, request: Request) -> None:
        self._chat = _dialect(request.model).state(request)
        self._verdicts = Verdicts()
        self._begun = False

    def parse(self, event: Event) -> Delta | ToolCallDelta | str | Sequence[Delta] | None:
        """Read one event of a stream.

        Raises:
            msgspec.DecodeError: for what is not JSON, or is not what the protocol says.
        """
        told = self._chat.parse(event)
        if MARK not in event.data and (self._begun or OLD not in event.data):
            return told
        self._begun = True
        metadata = self._verdicts.read(event.data)
        return with_metadata(told, metadata) if metadata else told

    def parse_response(self, response: HTTPResponse) -> Delta | Sequence[Delta]:
        """Read a whole answer.

        Raises:
            msgspec.DecodeError: for what is not JSON, or is not what the protocol says.
        """
        told = self._chat.parse_response(response)
        metadata = self._verdicts.read(response.body)
        return with_metadata(told, metadata) if metadata else told


def with_metadata(
    told: Delta | ToolCallDelta | str | Sequence[Delta] | None, metadata: dict[str, Any]
) -> Delta | Sequence[Delta]:
    """What an event tells, with more metadata in its last delta."""
    if told is None or isinstance(told, str):
        return Delta(text=told, metadata=metadata)
    if isinstance(told, ToolCallDelta):
        return Delta(tool_calls=(told,), metadata=metadata)
    if isinstance(told, Delta):
        both = {**metadata, **(told.metadata or {})}
        return msgspec.structs.replace(told, metadata=both)
    last = with_metadata(told[-1], metadata)
    assert isinstance(last, Delta)
    return [*told[:-1], last]


def _dialect(model: str) -> ChatDialect:
    return OTHERS if is_foreign(model) else OPENAI
