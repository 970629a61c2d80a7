"""The chat pages that people copy: what their servers do, asked over HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.chat_site import PAGES, worker

pytest.importorskip("fastapi", reason="FastAPI is not installed")
pytest.importorskip("uvicorn", reason="uvicorn is not installed")

Session = Callable[[str], httpx.Client]

STARTING = """
import sys, threading
from concurrent.futures import ThreadPoolExecutor
from chats import Chats

workers = 4
together = threading.Barrier(workers)

def start(path):
    together.wait(30)
    Chats(path)

with ThreadPoolExecutor(workers) as pool:
    for number in range(100):
        path = f"{sys.argv[1]}/{number}.db"
        for started in [pool.submit(start, path) for _ in range(workers)]:
            started.result()
"""


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with worker("app", tmp_path_factory.mktemp("plain")) as server:
        yield server.ready().url


@pytest.fixture(scope="module")
def usechat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with worker("app_usechat", tmp_path_factory.mktemp("usechat")) as server:
        yield server.ready().url


@pytest.fixture
def session() -> Iterator[Callable[[str], httpx.Client]]:
    """Browsers' sessions, each with cookies of its own."""
    with ExitStack() as open_ones:
        yield lambda url: open_ones.enter_context(httpx.Client(base_url=url, timeout=60))


class Visitor:
    """A browser's session on the plain page's API."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        self.chat = f"c-{time.monotonic_ns()}"
        self.state()

    def state(self) -> dict[str, Any]:
        answer = self.http.get(f"/api/chats/{self.chat}")
        answer.raise_for_status()
        return dict(answer.json())

    def say(self, text: str, model: str = "sim:echo", **more: Any) -> httpx.Response:
        body = {"model": model, "text": text, **more}
        return self.http.post(f"/api/chats/{self.chat}/messages", json=body)

    def read(self, run: str, after: int | None = None) -> list[tuple[str, str, Any]]:
        headers = {} if after is None else {"last-event-id": str(after)}
        return events(self.http.get(f"/api/runs/{run}", headers=headers).text)


def events(text: str) -> list[tuple[str, str, Any]]:
    """Name, id and data of each event."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "data" in fields:
            told = (fields.get("event", "message"), fields.get("id", ""), fields["data"])
            found.append((*told[:2], json.loads(told[2])))
    return found


def text_of(told: list[tuple[str, str, Any]]) -> str:
    return "".join(data.get("delta", "") for name, _, data in told if name == "message")


def test_workers_that_start_at_once_on_a_new_file_all_start(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTING, str(tmp_path)]
    done = subprocess.run(command, cwd=PAGES, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_an_answer_is_read_from_any_event_on_and_stays_in_the_history(
    session: Session, plain: str
) -> None:
    visitor = Visitor(session(plain))
    run = visitor.say("one two three four five", "sim:echo").json()["run"]
    whole = visitor.read(run)
    assert text_of(whole) == "one two three four five"
    assert whole[-1][0] == "done"
    for place, (_, offset, _) in enumerate(whole[:-1]):
        assert visitor.read(run, int(offset)) == whole[place + 1 :]
    state = visitor.state()
    assert state["run"] is None
    said, answered = state["turns"]
    assert said["chunks"][0]["delta"] == "one two three four five"
    assert text_of([("message", "", chunk) for chunk in answered["chunks"]]) == text_of(whole)


def test_a_chat_is_nobody_elses(session: Session, plain: str) -> None:
    visitor, other = Visitor(session(plain)), Visitor(session(plain))
    run = visitor.say("hello").json()["run"]
    assert other.http.get(f"/api/chats/{visitor.chat}").status_code == 404
    assert other.http.get(f"/api/runs/{run}").status_code == 404
    assert other.http.post(f"/api/runs/{run}/stop").status_code == 404
    assert text_of(visitor.read(run)) == "hello"


def test_a_second_message_has_to_wait_until_the_answer_is_over_or_stopped(
    session: Session, plain: str
) -> None:
    visitor = Visitor(session(plain))
    run = visitor.say("A story in 2000 words", "sim:story").json()["run"]
    assert visitor.say("And?").status_code == 409
    assert visitor.http.post(f"/api/runs/{run}/stop").json() is True
    told = visitor.read(run)
    assert told[-1][0] == "error"
    assert told[-1][2]["kind"] == "stopped"
    state = visitor.state()
    assert state["turns"][-1]["fault"] == "Stopped."
    assert text_of([("", "", c) for c in state["turns"][-1]["chunks"]]) in ("", text_of(told))
    assert visitor.say("hello").status_code == 200


def test_a_mail_is_sent_when_it_is_allowed_and_not_before(session: Session, plain: str) -> None:
    visitor = Visitor(session(plain))
    visitor.read(visitor.say("Send a mail to Ann in Oslo", "sim:tools").json()["run"])
    state = visitor.state()
    assert [call["name"] for call in state["pending"]] == ["send_mail"]
    call_id = state["pending"][0]["id"]

    def decide(**decisions: bool) -> httpx.Response:
        body = {"model": "sim:tools", "decisions": decisions}
        return visitor.http.post(f"/api/chats/{visitor.chat}/decisions", json=body)

    assert decide(another=True).status_code == 400
    run = decide(**{call_id: True}).json()["run"]
    told = visitor.read(run)
    results = [r for _, _, data in told for r in data.get("tool_results", ())]
    assert [(r["call_id"], r["output"][:7]) for r in results] == [(call_id, "Sent to")]
    assert visitor.state()["pending"] == []
    assert decide(**{call_id: True}).status_code == 400, "it was decided"


def test_uploads_reach_the_model(session: Session, plain: str) -> None:
    visitor = Visitor(session(plain))
    upload = {"name": "a.txt", "type": "text/plain", "data": "aGVsbG8="}
    run = visitor.say("", "sim:echo", files=[upload]).json()["run"]
    assert visitor.read(run)[-1][0] == "done"
    assert visitor.state()["turns"][0]["chunks"][0]["files"][0]["part"]["filename"] == "a.txt"


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[]", b'{"text": "x"}', b'{"model": "sim:echo"}'),
        b'{"model": "gpt-4o", "text": "x"}',
    ],
)
def test_what_cannot_be_read_is_said_so(session: Session, plain: str, body: bytes) -> None:
    visitor = Visitor(session(plain))
    answer = visitor.http.post(f"/api/chats/{visitor.chat}/messages", content=body)
    assert answer.status_code == 400
    assert answer.text
    assert visitor.state() == {"turns": [], "run": None, "pending": []}


class Chatter(Visitor):
    """The same on the API that useChat asks."""

    def state(self) -> Any:
        return self.http.get(f"/api/chat/{self.chat}").json()

    def send(self, message: dict[str, Any], model: str) -> list[dict[str, Any]]:
        body = {"id": self.chat, "trigger": "submit-message", "model": model, "message": message}
        answer = self.http.post("/api/chat", json=body)
        assert answer.status_code == 200, answer.text
        return chunks(answer.text)

    def ask(self, text: str, model: str = "sim:echo") -> list[dict[str, Any]]:
        return self.send(
            {"id": "u", "role": "user", "parts": [{"type": "text", "text": text}]}, model
        )


def chunks(text: str) -> list[dict[str, Any]]:
    lines = [line for line in text.split("\n") if line.startswith("data: {")]
    return [json.loads(line.removeprefix("data: ")) for line in lines]


def test_the_page_of_usechat_gets_its_history_with_all_that_was_shown(
    session: Session, usechat: str
) -> None:
    visitor = Chatter(session(usechat))
    told = visitor.ask("Show me tides", "sim:show")
    assert told[-1]["type"] == "finish"
    _, answer = visitor.state()
    kinds = {part["type"] for part in answer["parts"]}
    assert kinds >= {"text", "reasoning", "dynamic-tool", "source-url", "file"}
    shown = "".join(part["text"] for part in answer["parts"] if part["type"] == "text")
    assert shown == "".join(c["delta"] for c in told if c["type"] == "text-delta")
    assert visitor.http.get(f"/api/chat/{visitor.chat}/stream").status_code == 204


def test_usechat_allows_a_mail(session: Session, usechat: str) -> None:
    visitor = Chatter(session(usechat))
    told = visitor.ask("Send a mail to Ann in Oslo", "sim:tools")
    assert "tool-approval-request" in [chunk["type"] for chunk in told]
    answer = visitor.state()[-1]
    (call,) = (part for part in answer["parts"] if part["type"] == "tool-send_mail")
    assert call["state"] == "approval-requested"
    call.update(state="approval-responded", approval={**call["approval"], "approved": True})
    told = visitor.send(answer, "sim:tools")
    assert told[0] == {"type": "start", "messageId": answer["id"]}, "it goes on with that message"
    assert [c["type"] for c in told].count("tool-output-available") == 1
    assert visitor.state()[-1]["parts"][-1]["type"] == "text"
