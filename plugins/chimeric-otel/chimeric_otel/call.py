"""What is traced of one call: its turns, its tools, and the call around them."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from opentelemetry import context as contexts
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, set_span_in_context

from chimeric import (
    SEND,
    CompletionResponse,
    Context,
    Message,
    Outcome,
    Request,
    StreamChunk,
    ToolCall,
    Usage,
)

from .attributes import conversation_of, request_attributes
from .content import message_json, messages_json, output_json, system_json, tools_json
from .tools import Tools
from .turn import Began, Turn, error_type, told_of

if TYPE_CHECKING:
    from .reporter import Reporter

__all__ = ["CallTrace"]


class CallTrace:
    """The spans of one call.

    A call that may run tools has a span of its own (``invoke_agent``), with those of its turns and
    tools in it. Any other one is one inference: its turn's span is the call's.
    """

    def __init__(self, reporter: Reporter, context: Context) -> None:
        self.reporter = reporter
        self._context = context
        self._parent = contexts.get_current()
        self._began = Began()
        self._span: Span | None = None
        self._turn: Turn | None = None
        self._turns = 0
        self._tools: Tools | None = None
        self._usage: Usage | None = None
        self._over = False

    def process(self, chunk: StreamChunk) -> StreamChunk:
        """Look at a chunk on its way."""
        if self._turn is not None:
            self._turn.see(chunk)
        return chunk

    def flush(self) -> None:
        """Nothing is held back."""

    # --- turns ----------------------------------------------------------------------------------

    def prepared(self, request: Request) -> Request | None:
        """A turn begins: open its span, and give the tools theirs."""
        if self._turn is None:
            self._begin(request)
        else:
            self._end_turn(None, _last_answer(request))
        self._open_turn(request)
        if self._tools is None:
            return None
        self._tools.forget()
        if self._turns == 1:
            self._tools.want([c for message in request.messages for c in message.tool_calls])
        return self._tools.traced(request)

    def wanted(self, call: ToolCall) -> None:
        """A tool is about to run."""
        if self._tools is not None:
            self._tools.want([call])

    def attempts(self) -> Generator[Any, Any, None]:
        """Around each attempt."""
        turn = self._turn
        if turn is not None:
            turn.attempted()
        outcome: Outcome = yield SEND
        if turn is not None and outcome.error is not None:
            turn.failed(outcome)

    def _begin(self, request: Request) -> None:
        """Open the call's span, if it has one. It began before other middleware had its say."""
        self._began = Began(self._context.elapsed)
        if not any(tool.function is not None for tool in request.tools):
            return
        told = {"gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": request.model}
        self._span = self.reporter.tracer.start_span(
            "invoke_agent",
            context=self._parent,
            kind=SpanKind.INTERNAL,
            attributes={**told, **self._conversation(request)},
            start_time=self._began.ns,
        )
        self._parent = set_span_in_context(self._span, self._parent)
        self._tools = Tools(self.reporter, self._parent)

    def _open_turn(self, request: Request) -> None:
        began = Began() if self._turns else self._began
        before = self._turn if self._span is None else None
        span = self.reporter.tracer.start_span(
            f"chat {request.model}",
            context=self._parent,
            kind=SpanKind.CLIENT,
            attributes={**request_attributes(request), **self._conversation(request)},
            links=[] if before is None else [Link(before.link)],
            start_time=began.ns,
        )
        self._turn = Turn(self.reporter, span, self._context, began)
        self._turns += 1

    def _conversation(self, request: Request) -> dict[str, str]:
        told = conversation_of(request, self._context)
        return {} if told is None else {"gen_ai.conversation.id": told}

    def _end_turn(
        self, error: BaseException | None, answer: Message | CompletionResponse | None
    ) -> None:
        turn = self._turn
        assert turn is not None
        if isinstance(answer, CompletionResponse):
            turn.learn(answer)
        turn.end(error, self._messages(turn, error, answer))
        self._usage = turn.usage if self._usage is None else self._usage + turn.usage

    def _messages(
        self, turn: Turn, error: BaseException | None, answer: Message | CompletionResponse | None
    ) -> dict[str, str]:
        """What was said in a turn, where it is to stand in spans."""
        if not self.reporter.captures:
            return {}
        request = self._context.request
        told = {
            "gen_ai.system_instructions": system_json(request),
            "gen_ai.tool.definitions": tools_json(request),
            "gen_ai.input.messages": messages_json(request),
        }
        ending = "error" if error is not None else "cancelled"
        if isinstance(answer, CompletionResponse) and self._turns > 1:
            answer = _last_said(answer)
        if isinstance(answer, Message):
            told["gen_ai.output.messages"] = message_json(answer, turn.finish_reason or ending)
        elif answer is not None:
            said = ending if error is not None or self._context.closed_early else "other"
            told["gen_ai.output.messages"] = output_json(answer, said)
        return {name: text for name, text in told.items() if text is not None}

    # --- ends -----------------------------------------------------------------------------------

    def finished(self, response: CompletionResponse) -> None:
        """The call ended well, or its caller left it."""
        self._end(None, response)

    def failed(self, error: BaseException) -> None:
        """The call failed."""
        self._end(error, getattr(error, "partial", None))

    def _end(self, error: BaseException | None, response: CompletionResponse | None) -> None:
        if self._over:
            return
        self._over = True
        if self._turn is None:  # it was refused, or left, before anything was to be sent
            self._begin(self._context.request)
            self._open_turn(self._context.request)
        turn = self._turn
        assert turn is not None
        is_turns = self._span is None or turn.at_end is None  # else the turn had gone well
        self._end_turn(error if is_turns else None, response)
        if self._tools is not None:
            self._tools.end()
        if self._span is not None:
            self._end_span(self._span, error, turn)

    def _end_span(self, span: Span, error: BaseException | None, turn: Turn) -> None:
        usage = self._usage or Usage(source="missing")
        told: dict[str, Any] = {
            "gen_ai.usage.input_tokens": usage.prompt_tokens,
            "gen_ai.usage.output_tokens": usage.completion_tokens,
            "gen_ai.response.finish_reasons": turn.finish_reason and [turn.finish_reason],
        }
        failed = {} if error is None else {"error.type": error_type(error)}
        span.set_attributes({name: value for name, value in told.items() if value is not None})
        span.set_attributes(failed)
        if error is not None:
            span.set_status(Status(StatusCode.ERROR, told_of(error, self.reporter.captures)))
        at = Began().at
        model = self._context.request.model
        self.reporter.instruments.agent(model, at - self._began.at, failed)
        span.end(self._began.since(at))


def _last_answer(request: Request) -> Message | None:
    """What the model said before the results of its tools."""
    said = (message for message in reversed(request.messages) if message.role == "assistant")
    return next(said, None)


def _last_said(response: CompletionResponse) -> Message | None:
    last = response.messages[-1] if response.messages else None
    return last if last is not None and last.role == "assistant" else None
