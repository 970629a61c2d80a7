"""How a provider's chat completions differ from the common form: plain data and a few functions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from chimeric import HTTPRequest, Part, ProviderConfig, Request

if TYPE_CHECKING:
    from chimeric_models import Rules

    from .parser import ChatState

__all__ = ["API", "ChatDialect"]

API = "chat_completions"
"""Names the protocol in ``Message.state``."""


class ChatDialect(msgspec.Struct, frozen=True, kw_only=True):
    """What is particular about one provider's chat completions. The defaults suit most servers.

    Attributes:
        system_role: role of system and developer messages; a function is asked with the model.
        max_tokens: body field of the token limit.
        seed: body field of the seed.
        unsupported: names of the unified parameters, ``logprobs`` too, that this request's model
            refuses; they are left out and reported.
        rules: gives the table of what is refused besides, by fields of the body with ``extra``
            laid over it (``chimeric-models``); a function, so that declaring a provider loads no
            table.
        stream_usage: whether a stream must be asked for its usage (``stream_options``).
        counted_logprobs: whether ``logprobs`` is the number of alternatives, and no switch.
        formats: kinds of ``response_format`` that are known. A schema falls back to
            ``json_object`` where only that is known, and that is reported.
        json_word: whether ``json_object`` needs the word JSON in a message; where none says it,
            one is put before the conversation, and that is reported.
        required_choice: the word for the tool choice ``required``.
        allowed_tools: whether a tool choice may allow some of the tools alone
            (``{"type": "allowed_tools"}``); else only those are offered, which is reported.
        strict_tools: whether function definitions may carry ``strict``.
        empty_content: content of an assistant message without text (some want "" for null).
        refusals: whether assistant messages have a ``refusal`` field.
        file_urls: whether a file may be given by URL.
        result_names: whether tool results carry the tool's name.
        tool_id: brings call ids from elsewhere into the form that the provider accepts.
        parts: types of parts that are no unified ones, and that the provider takes.
        pictures: media types of the pictures that are taken; none for all.
        answer_media: whether an assistant message may hold pictures, sounds and files.
        part: translates a message part in the provider's own way; None for the common way.
        reasoning_field: field of an assistant message that carries its reasoning text back; a
            function is asked with the model, and None tells that there is no such field.
        echo: fields of an assistant message that go back unchanged in a later turn.
        call_echo: the same for fields of a tool call.
        keys: names of the other keys of messages, parts, calls and tools (``extra``) that the
            server's form has; None for all, where that is not known.
        marks: names of those that texts and tools alone have, besides ``keys``.
        adapt: has the last word on the body, before ``extra`` and ``extra_body`` are merged.
        metadata: top-level fields of an answer that go into the last chunk's metadata.
        keep: more lists in a message that go into the last chunk's metadata; ``images`` and other
            common ones do so for every dialect.
        watch: top-level fields that ``refine`` must see even when they come with plain text.
        refine: gets each event as plain data and the fields of the ``Delta`` that was made of
            it, to change them in place. It is not called for events that add only text.
        blank_finish: of no effect any more: a blank reason is none, and calls whose arguments are
            whole are made at the end of a stream that tells none.

    Example:
        >>> ChatDialect(seed="random_seed", stream_usage=False).max_tokens
        'max_tokens'
    """

    system_role: str | Callable[[str], str] = "system"
    max_tokens: str = "max_tokens"
    seed: str = "seed"
    unsupported: Callable[[Request], Collection[str]] | None = None
    rules: Callable[[], Rules] | None = None
    stream_usage: bool = True
    counted_logprobs: bool = False
    formats: tuple[str, ...] = ("json_schema", "json_object", "text")
    json_word: bool = True
    required_choice: str = "required"
    allowed_tools: bool = False
    strict_tools: bool = True
    empty_content: str | None = None
    refusals: bool = False
    file_urls: bool = False
    result_names: bool = False
    tool_id: Callable[[str], str] | None = None
    parts: tuple[str, ...] = ("refusal", "video_url", "input_video", "video")
    pictures: tuple[str, ...] = ()
    answer_media: bool = True
    part: Callable[[Part], dict[str, Any] | None] | None = None
    reasoning_field: str | Callable[[str], str | None] | None = None
    echo: tuple[str, ...] = ()
    call_echo: tuple[str, ...] = ()
    keys: tuple[str, ...] | None = None
    marks: tuple[str, ...] = ()
    adapt: Callable[[dict[str, Any], Request], dict[str, Any]] | None = None
    metadata: tuple[str, ...] = ("service_tier", "system_fingerprint")
    keep: tuple[str, ...] = ()
    watch: tuple[str, ...] = ()
    refine: Callable[[Mapping[str, Any], dict[str, Any]], None] | None = None
    blank_finish: bool = False

    @property
    def marked(self) -> tuple[str, ...] | None:
        """Names of the other keys that texts and tools have; None for all."""
        return None if self.keys is None else (*self.keys, *self.marks)

    def state(self, request: Request) -> ChatState:
        """The parser's memory for one response; give this method as ``Provider.state``."""
        from .parser import ChatState

        return ChatState(self, request)

    def build_request(self, request: Request, provider: ProviderConfig) -> HTTPRequest:
        """Translate a unified request into a call of ``/chat/completions``.

        Raises:
            ModelNotSupportedError: for message parts that the protocol or provider cannot carry.
        """
        from .request import build_request

        return build_request(request, provider, self)
