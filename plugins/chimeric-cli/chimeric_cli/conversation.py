"""A conversation with a model: what was said, and one more question."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from typing import Any

from chimeric import Chimeric, ChimericError, CompletionResponse, Message, Usage

from .approvals import ask_first
from .costs import Spent
from .output import ExtractOutput, JSONOutput, NativeOutput, Output, PlainOutput
from .terminal import console, is_rich, report
from .wire_tap import WireTap

__all__ = ["Conversation", "Reply", "Style", "tell_end", "usage_line"]


class Style:
    """How answers are shown.

    Attributes:
        native: whether the provider's own events are asked for.
        tells_tools: whether calls of tools are shown.
        plugins: what the client needs for it.
    """

    def __init__(
        self,
        *,
        json: bool = False,
        native: bool = False,
        extract: bool = False,
        reasoning: bool = False,
        raw: bool = False,
        markdown: bool = True,
    ) -> None:
        self.json = json
        self.native = native
        self.extract = extract
        self.reasoning = reasoning
        self.raw = raw
        self.markdown = markdown
        self.tells_tools = not (json or native)
        self._tap = WireTap(raw=raw)
        self.plugins = [self._tap] if native else []

    def output(self) -> Output:
        """A new output for one answer."""
        if self.native:
            return NativeOutput(self._tap)
        if self.extract:
            return ExtractOutput(raw=self.raw)
        if self.json:
            return JSONOutput()
        if self.raw or not self.markdown or not is_rich(sys.stdout):
            return PlainOutput(raw=self.raw, reasoning=self.reasoning)
        from .markdown import MarkdownOutput

        return MarkdownOutput(console(), reasoning=self.reasoning)


class Reply:
    """What became of a question.

    Attributes:
        response: the answer as far as it came.
        interrupted: whether Ctrl-C ended it.
        error: what went wrong, or None.
        seconds: how long it took.
    """

    def __init__(self, response: CompletionResponse) -> None:
        self.response = response
        self.interrupted = False
        self.error: ChimericError | None = None
        self.seconds = 0.0


class Conversation:
    """Asks a model, with everything that was said before.

    Attributes:
        messages: what was said, without questions that had no answer.
        asked: the last question, answered or not.
    """

    def __init__(
        self,
        client: Chimeric,
        model: str,
        *,
        system: str | None = None,
        tools: Iterable[Any] = (),
        params: dict[str, Any] | None = None,
        style: Style | None = None,
    ) -> None:
        self.client = client
        self.model = model
        self.system = system
        self.tools = list(tools)
        self.params = params or {}
        self.style = style or Style()
        self.messages: list[Message] = []
        self.asked: Message | None = None
        self._before: list[Message] = []
        self.usage: Usage | None = None
        self.spent = Spent()

    def ask(self, message: Message) -> Reply:
        """Ask, and show the answer while it comes. What has come is kept, whatever happens."""
        self.asked, self._before = message, self.messages
        before = self.messages
        asked = [*before, message]
        system = [Message("system", self.system)] if self.system else []
        reply = Reply(CompletionResponse(messages=asked))
        began = time.monotonic()
        output = self.style.output()
        stream: Any = None
        try:
            try:
                stream = self._stream([*system, *asked])
                for chunk in stream:
                    output.chunk(chunk)
                while pending := stream.response.pending:
                    output.close()
                    self._count(stream.response)
                    messages = stream.response.resume(
                        ask_first(pending, told=self.style.tells_tools)
                    )
                    output = self.style.output()
                    stream = self._stream(messages)
                    for chunk in stream:
                        output.chunk(chunk)
            finally:
                if stream is not None:
                    stream.close()
                    reply.response = stream.response
                output.close()
        except KeyboardInterrupt:
            reply.interrupted = True
        except ChimericError as error:
            reply.error = error
            reply.response = error.partial or reply.response
        reply.seconds = time.monotonic() - began
        self._keep(reply, before, len(system))
        return reply

    def take_back(self) -> None:
        """Forget the last question and its answer."""
        self.messages = self._before

    def replace(self, messages: list[Message]) -> None:
        """Go on after these messages."""
        self.messages = messages
        place = max((n for n, m in enumerate(messages) if m.role == "user"), default=None)
        self.asked = None if place is None else messages[place]
        self._before = messages if place is None else messages[:place]

    def _stream(self, messages: list[Message]) -> Any:
        return self.client.generate(
            self.model,
            messages,
            stream=True,
            tools=self.tools or None,
            native=self.style.native,
            **self.params,
        )

    def _keep(self, reply: Reply, before: list[Message], skipped: int) -> None:
        messages = reply.response.messages[skipped:] if reply.response.content else []
        # A question without an answer is not part of what was said.
        self.messages = messages or before
        self._count(reply.response)

    def _count(self, response: CompletionResponse) -> None:
        usage = response.usage
        if response.content or usage.source != "missing":  # else nothing was answered
            self.spent.add(response)
        if usage.source != "missing":
            self.usage = usage if self.usage is None else self.usage + usage


def tell_end(reply: Reply) -> int:
    """Say on stderr what the text does not tell; returns the exit code."""
    if reply.interrupted:
        report("interrupted", "note")
        return 130
    if reply.error is not None:
        report(str(reply.error), "error")
        return 1
    match reply.response.finish_reason:
        case "length":
            report("the answer was cut off at the token limit", "warning")
        case "content_filter":
            report("the provider's content filter ended the answer", "warning")
        case "tool_calls":
            report("the model waits for tools that cannot be run here", "warning")
        case _:
            pass
    return 0


def usage_line(usage: Usage | None, *more: str | None) -> str:
    """Token counts in one line."""
    if usage is None or usage.source == "missing":
        counts = "no usage reported"
    else:
        counts = (
            f"{_count(usage.prompt_tokens)} in + {_count(usage.completion_tokens)} out"
            f" = {_count(usage.total_tokens)} tokens"
        )
        if usage.cached_tokens:
            counts += f" ({usage.cached_tokens} cached)"
        if usage.reasoning_tokens:
            counts += f" ({usage.reasoning_tokens} reasoning)"
    return " · ".join([*(m for m in more if m), counts])


def _count(value: int | None) -> str:
    return "?" if value is None else str(value)
