"""What all protocols share: from an HTTP request to a reply, through the neutral script."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import msgspec

from .answers import Answer, Block, Close, Done, Open, Piece, make_id
from .http import Reply, Request
from .memory import Memory
from .models import behaviour_of
from .problems import Problem, kind_of_status
from .prompts import Prompt, Settings
from .replay import Recordings
from .scripts import IdMaker, Script, check_prompt
from .shapes import is_object

__all__ = ["Desk", "Dialect", "Encoder", "dumps", "json_reply", "sse"]

dumps = msgspec.json.Encoder().encode


def sse(event: str | None, payload: Mapping[str, Any]) -> bytes:
    """One server-sent event."""
    head = f"event: {event}\n".encode() if event else b""
    return head + b"data: " + dumps(payload) + b"\n\n"


def json_reply(status: int, payload: object, headers: Mapping[str, str] | None = None) -> Reply:
    """A whole JSON reply."""
    found = {"content-type": "application/json", **(headers or {})}
    return Reply(status=status, headers=found, body=dumps(payload))


class Desk:
    """What the protocols of one simulator share.

    Attributes:
        keys: the keys that are accepted; None accepts any that does not begin with ``bad``.
            ``ID:SECRET`` is a key pair of AWS, and signatures are checked with it.
        rate: tokens per second where a request does not say.
        seed: seed where a request has none.
        memory: which ids were given out with which thoughts.
        recordings: what ``replay`` serves.
    """

    def __init__(
        self,
        keys: frozenset[str] | None = None,
        rate: float | None = None,
        seed: int | None = None,
        recordings: Recordings | None = None,
    ) -> None:
        self.keys = keys
        self.rate = rate
        self.seed = seed
        self.memory = Memory()
        self.recordings = recordings or Recordings()

    def secret_of(self, key_id: str | None) -> str | None:
        """The secret that belongs to the id of a key pair, where it is known."""
        pairs = (key.partition(":") for key in self.keys or ())
        return next((secret for name, _, secret in pairs if name == key_id and secret), None)

    def check_key(self, key: str | None) -> None:
        """Refuse a missing or a bad key."""
        if not key:
            raise Problem("missing_key", "no key")
        if key.startswith("bad") or (self.keys is not None and key not in self.keys):
            raise Problem("bad_key", f"{key[:3]}****")


class Encoder(Protocol):
    """Words one answer in one protocol. Every method returns bytes to send, or b""."""

    def begin(self) -> bytes: ...
    def open(self, block: Block) -> bytes: ...
    def piece(self, block: Block, text: str) -> bytes: ...
    def close(self, block: Block) -> bytes: ...
    def end(self, done: Done) -> bytes: ...
    def fail(self, problem: Problem) -> bytes:
        """The protocol's error in mid-stream."""
        ...

    def whole(self, answer: Answer, done: Done) -> object:
        """The body of a reply that is not streamed."""
        ...


class Dialect(ABC):
    """One protocol."""

    stream_type = "text/event-stream; charset=utf-8"
    ids = IdMaker()

    @abstractmethod
    def key(self, request: Request) -> str | None:
        """The key that a request carries."""

    @abstractmethod
    def read(self, request: Request, body: dict[str, Any], desk: Desk) -> Prompt:
        """Validate a body as the real service does, and say what it means."""

    @abstractmethod
    def encoder(self, prompt: Prompt, script: Script, desk: Desk) -> Encoder:
        """The encoder of one answer."""

    @abstractmethod
    def refuse(self, problem: Problem) -> Reply:
        """The error reply."""

    def headers(self, prompt: Prompt) -> dict[str, str]:
        """Headers of a good reply."""
        return {"x-request-id": make_id("req_", 32).lower()}

    def ids_for(self, prompt: Prompt) -> IdMaker:
        """Makes the ids of this answer's tool calls."""
        return self.ids

    def settings(self, body: dict[str, Any]) -> dict[str, Any]:
        """The object that may hold ``sim``."""
        return body

    def authorise(self, request: Request, desk: Desk) -> None:
        """Check the key."""
        desk.check_key(self.key(request))

    def handle(self, request: Request, desk: Desk) -> Reply:
        """Answer one request."""
        try:
            return self._answer(request, desk)
        except Problem as problem:
            reply = self.refuse(problem)
            if problem.retry_after is not None:
                reply.headers = {**reply.headers, "retry-after": f"{problem.retry_after:g}"}
            return reply

    def _answer(self, request: Request, desk: Desk) -> Reply:
        self.authorise(request, desk)
        body = self.body(request)
        settings = Settings.read(request.headers, self.settings(body))
        if settings.status is not None:
            raise _asked_for(settings)
        try:
            prompt = self.read(request, body, desk)
            prompt.settings = settings
            check_prompt(prompt)
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
            # A string where an object belongs, at a place that has no message of its own.
            raise Problem("bad_request", "A value in the body has a wrong type.") from None
        if prompt.behaviour == "replay":
            return desk.recordings.reply(prompt.model)
        script = Script(prompt, self.ids_for(prompt), desk.seed)
        encoder = self.encoder(prompt, script, desk)
        rate = desk.rate if settings.rate is None else settings.rate or float("inf")
        headers = {"content-type": self.stream_type, **self.headers(prompt)}
        if prompt.stream:
            return Reply(
                headers=headers,
                pieces=_pieces(encoder, script, settings.fail_after),
                rate=rate,
                delay=settings.delay,
                cut_after=settings.cut_after,
            )
        done = script.run()
        headers["content-type"] = "application/json"
        delay = settings.delay + (done.usage.output / rate if rate else 0)
        return Reply(headers=headers, body=dumps(encoder.whole(script.answer, done)), delay=delay)

    @staticmethod
    def body(request: Request) -> dict[str, Any]:
        """The decoded JSON body."""
        try:
            body = msgspec.json.decode(request.body)
        except (ValueError, RecursionError) as error:
            raise Problem("malformed", str(error)) from None
        if not is_object(body):
            raise Problem("malformed", "the body is not a JSON object")
        return body

    @staticmethod
    def behaviour(model: str) -> str:
        """What a model does; ``Problem`` for an unknown one."""
        return behaviour_of(model)


def _asked_for(settings: Settings) -> Problem:
    status = settings.status or 500
    return Problem(
        kind_of_status(status),
        f"The simulator was asked to answer with status {status}.",
        status=status,
        retry_after=settings.retry_after,
    )


def _pieces(encoder: Encoder, script: Script, fail_after: int | None) -> Iterator[bytes]:
    """The bytes of a stream, one item for each token; what frames a block goes with its text."""
    pending = encoder.begin()
    if pending:
        yield pending
        pending = b""
    piece = encoder.piece
    left = -1 if fail_after is None else fail_after
    for step in script.steps():
        kind = type(step)
        if kind is Piece:
            if left == 0:
                break
            left -= 1
            yield pending + piece(step.block, step.text)  # type: ignore[union-attr]
            pending = b""
        elif isinstance(step, Open):
            pending += encoder.open(step.block)
        elif isinstance(step, Close):
            pending += encoder.close(step.block)
        elif isinstance(step, Done):
            yield pending + encoder.end(step)
            return
    yield pending + encoder.fail(
        Problem("overloaded", "The simulator was asked to fail in mid-stream.")
    )
