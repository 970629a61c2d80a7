"""Responses that run in the background: kept with their events, joined again, polled, cancelled."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from chimeric_dialects import AzureResponses, Problem, Request, Responses, is_azure, json_reply

from chimeric_sim.server import Reply
from chimeric_sim.settings import Settings

from .handler import cut, refuse, refused_as_asked
from .headers import service_headers
from .run import Run
from .service import SimulatedService

__all__ = ["stored_response"]

PATH = re.compile(r"/responses/(resp_\w+)(/cancel)?$")


def stored_response(request: Request, path: str, service: SimulatedService) -> Reply | None:
    """What ``GET`` and ``DELETE /responses/ID`` and ``POST /responses/ID/cancel`` answer.

    ``GET`` with ``stream=true`` goes on behind the event ``starting_after``. None for any other
    path.
    """
    found = PATH.search(path)
    if found is None:
        return None
    dialect = AzureResponses() if is_azure(request) else Responses()
    verbs: dict[tuple[str, bool], Callable[[Request, Run, SimulatedService], Reply]] = {
        ("GET", False): _retrieved,
        ("DELETE", False): _deleted,
        ("POST", True): _cancelled,
    }
    try:
        dialect.authenticate(request, service)
        verb = verbs.get((request.method, found[2] is not None))
        if verb is None:
            raise Problem("method", f"Invalid method for URL ({request.method} {path})")
        run = service.runs.get(found[1])
        if run is None or run.forgotten:
            message = f"Response with id '{found[1]}' not found."
            raise Problem("not_found", message, status=404)
        reply = verb(request, run, service)
    except Problem as problem:
        problem.variant = problem.variant or dialect.variant_of(request)
        return refuse(dialect, problem)
    headers = {**reply.headers, **dialect.id_headers(), **service_headers(dialect)}
    reply.headers = headers
    return reply


def _retrieved(request: Request, run: Run, service: SimulatedService) -> Reply:
    """The response as it stands, or its events."""
    run.catch_up(time.monotonic())
    if request.query.get("stream") != "true":
        return _json(run.response())
    if not run.streamed:
        message = "This response cannot be streamed because it was not created with stream=true."
        raise Problem("bad_request", message)
    settings = _settings(run)
    if settings.status is not None:
        raise refused_as_asked(settings, settings.status)
    text = request.query.get("starting_after", "-1")
    try:
        after = int(text)
    except ValueError:
        message = f"Invalid 'starting_after': expected an integer, but got '{text}'."
        raise Problem("bad_request", message, param="starting_after") from None
    reply = Reply(
        headers={"content-type": Responses.stream_type},
        pieces=run.read(after + settings.shift),
        rate=run.rate,
        delay=settings.delay,
        cut_after=settings.cut_after,
    )
    return cut(reply, settings.cut_bytes)


def _settings(run: Run) -> Settings:
    """What the response's request asked for of the join that comes now."""
    return Settings.read({}, {"sim": next(run.joins, {})})


def _deleted(request: Request, run: Run, service: SimulatedService) -> Reply:
    run.forgotten = True
    return _json({"id": run.id, "object": "response", "deleted": True})


def _cancelled(request: Request, run: Run, service: SimulatedService) -> Reply:
    run.catch_up(time.monotonic(), least=0)
    run.cancel()
    return _json(run.response())


def _json(told: dict[str, Any]) -> Reply:
    reply = json_reply(200, told)
    return Reply(status=reply.status, headers=reply.headers, body=reply.body)
