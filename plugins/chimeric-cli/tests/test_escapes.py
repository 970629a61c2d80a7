"""What a model, a server or a plugin says steers no terminal, however it is written."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

pytestmark = pytest.mark.slow

STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f]")
NASTY = "a\x9b31mb\u202ec\x7fd\u2066e\x1b]0;t\x07f\u200f"


class Service(BaseHTTPRequestHandler):
    """Lists one model, and answers with its name."""

    def _send(self, kind: str, data: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        listing = {"object": "list", "data": [{"id": NASTY, "object": "model"}]}
        self._send("application/json", json.dumps(listing).encode())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        event = {"choices": [{"index": 0, "delta": {"content": NASTY}, "finish_reason": "stop"}]}
        data = f"data: {json.dumps(event, ensure_ascii=False)}\n\ndata: [DONE]\n\n".encode()
        self._send("text/event-stream", data)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def service() -> Iterator[dict[str, str]]:
    """The environment that leads to such a server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield {"COMPATIBLE_BASE_URL": f"http://127.0.0.1:{server.server_port}/v1"}
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    "written",
    [
        "pay &#x202e;moc.live&#x202c; now",
        "&#8238;decimal",
        "&rlm;named &lrm;too",
        "&#x2066;isolate&#x2069;",
        "&#x9b;31mC1",
        "&#127;",
        "**&#x202e;strong** and _&#x202e;emphasis_",
        "# &#x202e;heading",
        "+ &#x202e;item",
        "> &#x202e;quote",
        "| &#x202e;cell | b |\n|---|---|\n| &#x202e;c | d |",
        "[&#x202e;label](https://example.com/&#x202e;path '&#x202e;title')",
        "![&#x202e;alternative](https://example.com/&#x202e;p.png)",
        "<https://example.com/\u202epath>",
        "```&#x202e;language\n&#x202e; stays as it is\n```",
        "`\u202ecode`",
    ],
)
def test_an_entity_that_would_steer_the_terminal_is_visible_in_markdown(terminal, written):
    shown = terminal("chat", "-m", "sim:echo", written)
    assert shown.exit_code() == 0
    sequences = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|[\r\n\t]")
    assert not STEERING.search(sequences.sub("", shown.text)), ascii(shown.text)


def test_entities_that_are_only_text_are_read(terminal):
    shown = terminal("chat", "-m", "sim:echo", "&lt;b&gt; &amp; &uuml; &#x202e;x")
    assert shown.exit_code() == 0
    assert "<b> & ü \\u202ex" in "".join(shown.screen())


@pytest.mark.parametrize(
    "arguments",
    [
        ("models", "compatible", "--json"),
        ("chat", "-m", "compatible:m", "--json", "hi"),
        ("chat", "-m", "compatible:m", "--native", "hi"),
    ],
)
def test_json_of_every_command_has_no_raw_character_that_steers(run, service, arguments):
    done = run(*arguments, more=service)
    assert done.returncode == 0, done.stderr
    assert not STEERING.search(done.stdout), ascii(done.stdout)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert json.dumps(NASTY)[1:-1] in json.dumps(told)


def test_the_json_of_plugins_has_none_either(run, tmp_path, env):
    site = tmp_path / "site"
    info = site / "steering-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "steering_module.py").write_text(f"raise ImportError({NASTY!r})\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: steering\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[chimeric.middleware]\nsteering = steering_module\n")
    env["PYTHONPATH"] = str(site)
    for arguments in (("plugins", "--json"), ("plugins",), ("plugins", "--hooks"), ("doctor",)):
        assert not STEERING.search(run(*arguments).stdout), arguments
    (told,) = [i for i in json.loads(run("plugins", "--json").stdout) if i["name"] == "steering"]
    assert "\u202e" in told["error"]


def test_results_of_a_batch_can_be_shown_and_are_what_was_said(run, service, tmp_path):
    (tmp_path / "p.jsonl").write_text('"hi"\n')
    done = run("batch", "p.jsonl", "-m", "compatible:m", "-o", "r.jsonl", more=service)
    assert done.returncode == 0, done.stderr
    written = (tmp_path / "r.jsonl").read_text()
    assert not STEERING.search(written)
    assert json.loads(written)["response"]["content"] == NASTY
