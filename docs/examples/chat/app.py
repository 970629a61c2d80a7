"""A chat page: history, stop, an answer that goes on when the page is loaded again, tools that ask.

    uvicorn app:app

Variables: CHAT_MODELS, CHAT_DB (a file), and REDIS_URL, which several workers need to share what
is running.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
from assistant import MODELS, TOOLS, client, options
from chats import BusyError, Chat, Chats, NotFoundError, Turn
from chimeric_serving import (
    HubError,
    InvalidRequestError,
    StreamHub,
    StreamNotFoundError,
    StreamStoppedError,
    read_body,
)
from fastapi import Cookie, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse
from fastapi.staticfiles import StaticFiles
from views import Upload, shown

from chimeric import Message, TextPart

chats = Chats(os.environ.get("CHAT_DB", "chats.db"))
hub = StreamHub(os.environ.get("REDIS_URL"))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    async with client, hub:
        yield


def add_faults(app: FastAPI) -> None:
    """What the page is told of what cannot be done."""

    @app.exception_handler(InvalidRequestError)
    async def refuse(request: Request, error: InvalidRequestError) -> Response:
        return PlainTextResponse(error.message, error.status_code)

    @app.exception_handler(HubError)
    async def hub_error(request: Request, error: HubError) -> Response:
        return PlainTextResponse(error.message, error.status_code)

    @app.exception_handler(NotFoundError)
    async def not_found(request: Request, error: NotFoundError) -> Response:
        return PlainTextResponse("There is no such chat.", 404)

    @app.exception_handler(BusyError)
    async def busy(request: Request, error: BusyError) -> Response:
        return PlainTextResponse("An answer is being written: wait for it, or stop it.", 409)


app = FastAPI(lifespan=lifespan)
add_faults(app)
Session = Annotated[str, Cookie(alias="session")]


class Said(msgspec.Struct):
    """A message of the user."""

    model: str
    text: str = ""
    files: list[Upload] = []


class Decided(msgspec.Struct):
    """What the user decided about calls, by their ids."""

    model: str
    decisions: dict[str, bool]


@app.get("/api/models")
async def models() -> list[str]:
    return MODELS


@app.get("/api/chats/{id}")
async def show(id: str, response: Response, session: Session = "") -> dict[str, Any]:
    chat = await current(id, session or new_session(response))
    return {
        "turns": [shown(turn) for turn in chat.turns],
        "run": chat.run,
        "pending": [msgspec.to_builtins(call) for call in chat.pending],
    }


@app.post("/api/chats/{id}/messages")
async def say(id: str, request: Request, session: Session) -> dict[str, str]:
    said = await body_of(request, Said)
    chat = await current(id, session)
    parts = [*([TextPart(said.text)] if said.text else []), *(file.part() for file in said.files)]
    if not parts:
        raise InvalidRequestError("The message is empty.")
    message = Message("user", tuple(parts))
    run = await start(chat, session, said.model, [*chat.messages, message], message)
    return {"run": run}


@app.post("/api/chats/{id}/decisions")
async def decide(id: str, request: Request, session: Session) -> dict[str, str]:
    decided = await body_of(request, Decided)
    chat = await current(id, session)
    if chat.waiting is None or decided.decisions.keys() != {call.id for call in chat.pending}:
        raise InvalidRequestError("That is not what is waiting for a decision.")
    run = await start(chat, session, decided.model, chat.waiting.resume(decided.decisions))
    return {"run": run}


@app.get("/api/runs/{run}")
async def read(run: str, request: Request, session: Session) -> Response:
    after = request.headers.get("last-event-id")
    return await hub.response(run, last_event_id=after, owner=session)


@app.post("/api/runs/{run}/stop")
async def stop(run: str, session: Session) -> bool:
    return await hub.stop(run, owner=session)


async def current(id: str, session: str) -> Chat:
    """The chat as it is; an answer whose process died has come to nothing."""
    chat = await run_in_threadpool(chats.open, id, session)
    if chat.run is None:
        return chat
    try:
        if (await hub.head(chat.run, owner=session)).state == "live":
            return chat
    except StreamNotFoundError:
        pass
    lost = Turn(None, "The answer was lost.")
    await run_in_threadpool(chats.finish, id, chat.run, lost)
    return await run_in_threadpool(chats.open, id, session)


async def start(
    chat: Chat, session: str, model: str, messages: list[Message], said: Message | None = None
) -> str:
    """Have it answered, by a call of its own: the page reads it from the hub. Returns its id."""
    if model not in MODELS:
        raise InvalidRequestError("There is no such model here.")
    run = secrets.token_urlsafe(16)
    await run_in_threadpool(chats.begin, chat.id, run, said)

    async def keep(response: Any, error: BaseException | None) -> None:
        turn = Turn(response, None if error is None else fault_of(error))
        await run_in_threadpool(chats.finish, chat.id, run, turn)

    try:
        await hub.start(
            client.agenerate,
            model,
            messages,
            stream=True,
            tools=TOOLS,
            id=run,
            owner=session,
            on_end=keep,
            **options(model),
        )
    except Exception:
        await run_in_threadpool(chats.finish, chat.id, run, Turn(None, "The answer was lost."))
        raise
    return run


def new_session(response: Response) -> str:
    session = secrets.token_urlsafe(16)
    response.set_cookie("session", session, httponly=True, samesite="lax")
    return session


def fault_of(error: BaseException) -> str:
    if isinstance(error, StreamStoppedError):
        return "Stopped."
    return "The answer is not complete: something went wrong."


async def body_of(request: Request, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(await read_body(request.stream()), type=kind)
    except msgspec.DecodeError as error:
        raise InvalidRequestError(f"The request cannot be read: {error}") from error


app.mount("/", StaticFiles(directory=Path(__file__).parent / "static", html=True))
