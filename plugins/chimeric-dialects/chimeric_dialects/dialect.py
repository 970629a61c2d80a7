"""A protocol seen from the server: requests become prompts, answers become bytes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Protocol

from .answers import Answer, Block, Cite, Close, Done, Open, Phase, Piece, Step
from .ids import make_id
from .json_values import dumps
from .parts import Citation, File, ServerTool
from .problems import Problem
from .prompts import Prompt
from .replies import Reply
from .requests import Request
from .service import Service

__all__ = ["Dialect", "Encoder", "encode"]


class Encoder(Protocol):
    """Words one answer in one protocol. Methods that return bytes may return ``b""``."""

    def begin(self) -> bytes:
        """What a stream begins with."""
        ...

    def open(self, block: Block) -> bytes:
        """A block begins."""
        ...

    def piece(self, block: Block, text: str) -> bytes:
        """A block has grown by ``text``, which is already in its ``pieces``."""
        ...

    def phase(self, block: Block, preview: File | None) -> bytes:
        """A server tool is at work."""
        ...

    def cite(self, block: Block, citation: Citation) -> bytes:
        """A text has a source, which is already in its ``citations``."""
        ...

    def close(self, block: Block) -> bytes:
        """A block ends."""
        ...

    def end(self, done: Done) -> bytes:
        """The stream ends well."""
        ...

    def fail(self, problem: Problem) -> bytes:
        """The stream breaks off: the protocol's error in mid-stream."""
        ...

    def whole(self, done: Done) -> object:
        """The JSON body of a reply that is not streamed, once all blocks are there."""
        ...


class Dialect(ABC):
    """One protocol, server-side. It holds no state and does no I/O."""

    path: ClassVar[str]
    """How the paths end at which it is spoken."""

    stream_type: ClassVar[str] = "text/event-stream; charset=utf-8"
    """Media type of a stream."""

    call_ids: ClassVar[tuple[str, int]] = ("call_", 24)
    """Ids of tool calls: what they begin with, and how many letters and digits follow."""

    sends_retry_after: ClassVar[bool] = True
    """Whether the header ``retry-after`` says how long to wait."""

    # --- requests ---------------------------------------------------------------------------

    def serves(self, request: Request) -> bool:
        """Whether a request has come to a path of this protocol, under any prefix."""
        return request.path.rstrip("/").endswith(self.path)

    @abstractmethod
    def key(self, request: Request) -> str | None:
        """The key, or the id of the key pair, that a request carries."""

    def authenticate(self, request: Request, service: Service) -> None:
        """Check the key.

        Raises:
            Problem: where the real service refuses it.
        """
        service.check_key(self.key(request))

    def variant_of(self, request: Request) -> str:
        """Whose words an error is to be told in, where several services speak the protocol."""
        return ""

    def goes_on(self, request: Request, prompt: Prompt) -> bool:
        """Whether a last message of the assistant's is the beginning of the answer."""
        return False

    def extras(self, body: dict[str, Any]) -> dict[str, Any]:
        """The object of a body in which clients may send what the protocol does not know."""
        return body

    def read(
        self, request: Request, service: Service, body: dict[str, Any] | None = None
    ) -> Prompt:
        """What a request says; ``body`` is the decoded body where the server has one already.

        Raises:
            Problem: where the real service refuses it, in the real service's words.
        """
        body = request.json() if body is None else body
        try:
            prompt = self._read(request, body, service)
            prompt.check_types()
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
            # A string where an object belongs, at a place that has no message of its own.
            raise Problem("bad_request", "A value in the body has a wrong type.") from None
        prompt.body = body
        if prompt.last_words and self.goes_on(request, prompt):
            prompt.begun = prompt.last_words
        return prompt

    @abstractmethod
    def _read(self, request: Request, body: dict[str, Any], service: Service) -> Prompt: ...

    # --- answers ----------------------------------------------------------------------------

    @abstractmethod
    def encoder(self, prompt: Prompt, answer: Answer, service: Service) -> Encoder:
        """The encoder of the answer to a prompt."""

    def call_id(self, prompt: Prompt, tool: str) -> str:
        """A fresh id for a call of ``tool``, in the protocol's manner."""
        return make_id(*self.call_ids)

    def server_tool_id(self, prompt: Prompt, tool: ServerTool) -> str:
        """A fresh id for a call of a tool that the service runs, in the protocol's manner."""
        return make_id("srv_", 24)

    def id_headers(self) -> dict[str, str]:
        """Headers with a fresh id of the request."""
        return {}

    def headers(self, prompt: Prompt) -> dict[str, str]:
        """Headers of a good reply: its id, and its content type where the prompt decides that."""
        return self.id_headers()

    def stream_headers(self, prompt: Prompt) -> dict[str, str]:
        """All headers of a stream but those that frame it."""
        return {"content-type": self.stream_type, **self.headers(prompt)}

    def whole(self, prompt: Prompt, encoder: Encoder, done: Done) -> Reply:
        """The reply of an answer that is not streamed."""
        headers = self.stream_headers(prompt)
        headers["content-type"] = "application/json"
        return Reply(headers=headers, body=dumps(encoder.whole(done)))

    def refuse(self, problem: Problem) -> Reply:
        """The error reply."""
        reply = self._refuse(problem)
        if problem.retry_after is not None and self.sends_retry_after:
            reply.headers = {**reply.headers, "retry-after": f"{problem.retry_after:g}"}
        return reply

    @abstractmethod
    def _refuse(self, problem: Problem) -> Reply: ...


def encode(encoder: Encoder, steps: Iterable[Step]) -> Iterator[bytes]:
    """The bytes of a stream, one item for each piece; what frames a block goes with its text.

    A server tool's beginning, phases and end are items of their own, for they take time. What a
    protocol does not tell is an empty item.

    A ``Problem`` that the steps raise becomes the protocol's error in mid-stream, and so do steps
    that end without ``Done``.
    """
    broken = Problem("server", "The answer broke off before its end.")
    pending = encoder.begin()
    if pending:
        yield pending
        pending = b""
    piece = encoder.piece
    try:
        for step in steps:
            kind = type(step)
            if kind is Piece:
                yield pending + piece(step.block, step.text)  # type: ignore[union-attr]
                pending = b""
            elif isinstance(step, Done):
                yield pending + encoder.end(step)
                return
            else:
                pending += _framing(encoder, step)
                if step.block.kind == "server_tool":
                    yield pending
                    pending = b""
    except Problem as problem:
        broken = problem
    yield pending + encoder.fail(broken)


def _framing(encoder: Encoder, step: Open | Piece | Phase | Cite | Close) -> bytes:
    """What is no text."""
    if isinstance(step, Open):
        return encoder.open(step.block)
    if isinstance(step, Close):
        return encoder.close(step.block)
    if isinstance(step, Phase):
        return encoder.phase(step.block, step.preview)
    if isinstance(step, Cite):
        return encoder.cite(step.block, step.citation)
    return encoder.piece(step.block, step.text)
