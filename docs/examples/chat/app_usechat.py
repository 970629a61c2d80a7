"""The same chat for a front end on `useChat` of the AI SDK (in `react/`).

cd react && npm install && npm run build && cd ..
uvicorn app_usechat:app
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app import Session, add_faults, current, hub, lifespan, new_session, start
from assistant import MODELS
from chats import Chat
from chimeric_serving import (
    InvalidRequestError,
    UIStreamEncoder,
    read_body,
    read_ui_request,
    to_ui_messages,
)
from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles

PAGE = Path(__file__).parent / "static-react"
"""Where `npm run build` puts the page; until then, there is only the API."""

app = FastAPI(lifespan=lifespan)
add_faults(app)


@app.get("/api/models")
async def models() -> list[str]:
    return MODELS


@app.get("/api/chat/{id}")
async def show(id: str, response: Response, session: Session = "") -> list[dict[str, Any]]:
    return history(await current(id, session or new_session(response)))


@app.post("/api/chat")
async def say(http_request: Request, session: Session) -> Response:
    request = read_ui_request(await read_body(http_request.stream()))
    if request.id is None or request.trigger != "submit-message":
        raise InvalidRequestError("That is not offered here.")
    chat, model = await current(request.id, session), str(request.body.get("model"))
    if request.continues is None:
        said = request.messages[-1]
        run = await start(chat, session, model, [*chat.messages, said], said)
        encoder = UIStreamEncoder(message_id=run)
    else:
        # The browser only tells what was decided; what was asked is what this server has kept.
        if chat.waiting is None or request.decisions.keys() != {c.id for c in chat.pending}:
            raise InvalidRequestError("That is not what is waiting for a decision.")
        run = await start(chat, session, model, chat.waiting.resume(request.decisions))
        encoder = UIStreamEncoder(request)
    return await hub.response(run, encoder, owner=session)


@app.get("/api/chat/{id}/stream")
async def resume(id: str, session: Session) -> Response:
    chat = await current(id, session)
    if chat.turns and chat.turns[-1].role == "assistant":
        # It goes on with the message that asked: that is shown again, too.
        last = history(chat)[-1]
        encoder = UIStreamEncoder(message_id=last["id"], before=last["parts"])
    else:
        encoder = UIStreamEncoder(message_id=chat.run)
    return await hub.resume(chat.run, encoder, owner=session)


@app.post("/api/chat/{id}/stop")
async def stop(id: str, session: Session) -> bool:
    chat = await current(id, session)
    return chat.run is not None and await hub.stop(chat.run, owner=session)


def history(chat: Chat) -> list[dict[str, Any]]:
    said = [turn.value for turn in chat.turns if turn.value is not None]
    return to_ui_messages(said, ids=f"{chat.id}-{{}}".format)


app.mount("/", StaticFiles(directory=PAGE, html=True, check_dir=False))
