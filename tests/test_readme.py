"""The samples of the README run."""

from __future__ import annotations

import re
import types
from pathlib import Path

from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import Chimeric

README = Path(__file__).parents[1] / "README.md"
SAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)
FIRST, TOOLS, PLUGIN = SAMPLE.findall(README.read_text(encoding="utf-8"))


def test_the_first_sample_streams_a_story(sim, monkeypatch, capsys):
    monkeypatch.setenv("OPENAI_BASE_URL", sim.base_url("openai"))
    monkeypatch.setenv("OPENAI_API_KEY", "any")
    names: dict = {}
    exec(FIRST, names)
    assert re.search(r"\w+.*\nfinished: stop, \d+ tokens\n$", capsys.readouterr().out, re.DOTALL)
    names["client"].close()


def test_the_stream_goes_on_through_a_tool(sim, capsys):
    with Chimeric(openai_base_url=sim.base_url("openai"), openai_api_key="any") as client:
        exec(TOOLS, {"client": client})
    assert "21 degrees" in capsys.readouterr().out


def test_the_plugin_is_a_provider():
    def service(request: SeenRequest):
        assert request.json() == {"prompt": "Hi", "stream": True}
        yield b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
        yield b'data: {"text": "Hel"}\n\ndata: {"text": "lo", "why": "stop", "done": true}\n\n'

    plugin = types.ModuleType("chimeric_acme")
    exec(PLUGIN, plugin.__dict__)
    with (
        LoopbackServer(service) as server,
        Chimeric(plugins=[plugin], acme_base_url=server.url, acme_api_key="any") as client,
    ):
        response = client.generate("acme-1", "Hi", stream=True).collect()
    assert (response.content, response.finish_reason) == ("Hello", "stop")
