"""From a request to its reply: read, scripted, encoded."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, cast

import msgspec
from chimeric_dialects import (
    Dialect,
    Encoder,
    Phase,
    Piece,
    Problem,
    Prompt,
    Request,
    Step,
    encode,
    json_reply,
    kind_of_status,
)

from chimeric_sim.schemas import Sampler
from chimeric_sim.scripts import Script, Wait
from chimeric_sim.server import Reply
from chimeric_sim.settings import Settings

from .headers import service_headers
from .models import behaviour_of
from .run import Run
from .service import SimulatedService

__all__ = ["cut", "handle", "refuse", "refused_as_asked"]


def handle(dialect: Dialect, request: Request, service: SimulatedService) -> Reply:
    """Answer one request in a protocol."""
    try:
        return _answer(dialect, request, service)
    except Problem as problem:
        problem.variant = problem.variant or dialect.variant_of(request)
        return refuse(dialect, problem)


def refuse(dialect: Dialect, problem: Problem) -> Reply:
    """The error reply."""
    reply = dialect.refuse(problem)
    headers = {**reply.headers, **service_headers(dialect)}
    return Reply(status=reply.status, headers=headers, body=reply.body)


def _answer(dialect: Dialect, request: Request, service: SimulatedService) -> Reply:
    dialect.authenticate(request, service)
    body = request.json()
    extras = dialect.extras(body)
    settings = Settings.read(request.headers, extras)
    if settings.status is not None:
        raise refused_as_asked(settings, settings.status)
    extras.pop("sim", None)
    prompt = dialect.read(request, service, body)
    if settings.filter == "prompt":
        raise Problem("bad_request", "The prompt was filtered.", code="content_filter")
    if prompt.begun:
        prompt.echoes = prompt.echoes or settings.echoes
        settings = settings.going_on()
        if settings.status is not None:
            raise refused_as_asked(settings, settings.status)
    prompt.options["filter"] = settings.filter
    _check_schemas(prompt)
    behaviour = behaviour_of(prompt.model_id)
    if behaviour == "replay":
        return service.recordings.reply(prompt.model)
    if prompt.show_thoughts is None:
        prompt.show_thoughts = behaviour == "think"
    script = Script(
        prompt,
        behaviour,
        settings,
        new_id=partial(dialect.call_id, prompt),
        new_server_id=partial(dialect.server_tool_id, prompt),
        signer=service.signer,
        seed=service.seed,
    )
    if settings.cut_after is not None or settings.fail_after is not None:
        prompt.options["grouped"] = False
    encoder = dialect.encoder(prompt, script.answer, service)
    rate = service.rate if settings.rate is None else settings.rate or float("inf")
    if prompt.stream:
        steps = script.steps()
        if settings.fail_after is not None:
            steps = _failing(steps, settings.fail_after)
        pieces = _pieces(encoder, steps, waits=settings.tool_delay > 0)
        if prompt.background:
            pieces = _run(encoder, pieces, rate, settings, service, streamed=True).read()
        reply = Reply(
            headers={**dialect.stream_headers(prompt), **service_headers(dialect, prompt)},
            pieces=pieces,
            rate=rate,
            delay=settings.delay,
            cut_after=settings.cut_after,
        )
        return cut(reply, settings.cut_bytes)
    if prompt.background:
        events = _pieces(encoder, script.steps(), waits=settings.tool_delay > 0)
        run = _run(encoder, events, rate, settings, service, streamed=False)
        headers = {**dialect.headers(prompt), **service_headers(dialect, prompt)}
        return _json(run.response(), headers)
    done, waited = script.run()
    whole = dialect.whole(prompt, encoder, done)
    return Reply(
        headers={**whole.headers, **service_headers(dialect, prompt)},
        body=whole.body,
        delay=settings.delay + waited + (done.usage.output / rate if rate else 0),
    )


def _run(
    encoder: Any,
    pieces: Iterator[bytes | float],
    rate: float | None,
    settings: Settings,
    service: SimulatedService,
    *,
    streamed: bool,
) -> Run:
    """A response in the background, from now on the service's."""
    run = Run(
        encoder.response_id,
        pieces,
        rate,
        streamed=streamed,
        queued=settings.queued,
        joins=settings.joins,
        forgotten=settings.forgets,
    )
    service.runs.put(run.id, run)
    return run


def cut(reply: Reply, size: int | None) -> Reply:
    """A streamed reply whose connection breaks after ``size`` bytes of its body."""
    if size is not None and reply.pieces is not None:
        reply.pieces = _until(reply, reply.pieces, size)
    return reply


def _until(reply: Reply, pieces: Iterator[bytes | float], left: int) -> Iterator[bytes | float]:
    sent = 0
    for piece in pieces:
        if isinstance(piece, bytes):
            if len(piece) >= left:
                reply.cut_after = sent + 1
                yield piece[:left]
                return
            left -= len(piece)
            sent += 1
        yield piece


def _json(told: dict[str, Any], headers: Mapping[str, str]) -> Reply:
    reply = json_reply(200, told, headers)
    return Reply(status=reply.status, headers=reply.headers, body=reply.body)


def refused_as_asked(settings: Settings, status: int) -> Problem:
    """The refusal that a request asks for."""
    return Problem(
        kind_of_status(status),
        f"The simulator was asked to answer with status {status}.",
        status=status,
        retry_after=settings.retry_after,
    )


def _check_schemas(prompt: Prompt) -> None:
    """See that values can be made for all schemas of a prompt."""
    try:
        for schema in [*(tool.schema for tool in prompt.tools), prompt.schema]:
            if schema is not None:
                value = Sampler(schema, random.Random(0), "1").value()  # noqa: S311 - no secret
                msgspec.json.encode(value)
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
        raise Problem("bad_request", "A value in the body has a wrong type.") from None


def _pieces(
    encoder: Encoder, steps: Iterator[Step | Wait], *, waits: bool
) -> Iterator[bytes | float]:
    """The pieces of a stream; ``waits``: whether there is time to wait between them."""
    return _timed(encoder, steps) if waits else encode(encoder, cast("Iterator[Step]", steps))


def _timed(encoder: Encoder, steps: Iterable[Step | Wait]) -> Iterator[bytes | float]:
    """The pieces of a stream, and between them the seconds to wait."""
    waits: list[float] = []
    for piece in encode(encoder, _unwaited(steps, waits)):
        if waits:
            yield from waits
            waits.clear()
        yield piece


def _unwaited(steps: Iterable[Step | Wait], waits: list[float]) -> Iterator[Step]:
    """The steps; what is to be waited before the next one goes into ``waits``."""
    for step in steps:
        if isinstance(step, Wait):
            waits.append(step.seconds)
        else:
            yield step


def _failing(steps: Iterable[Step | Wait], pieces: int) -> Iterator[Step | Wait]:
    """The steps until ``pieces`` pieces have come; then a failure."""
    left = pieces
    for step in steps:
        if isinstance(step, (Piece, Phase)):
            if left == 0:
                raise Problem("overloaded", "The simulator was asked to fail in mid-stream.")
            left -= 1
        yield step
