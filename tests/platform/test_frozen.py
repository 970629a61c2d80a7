"""Two wheels of a third party, built against chimeric-core 0.4.0, beside the core of today."""

from __future__ import annotations

import hmac
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chimeric_testing import LoopbackServer, SeenRequest
from environments import ROOT, Environment, build_wheel

FROZEN = Path(__file__).parent / "frozen"
WHEELS = sorted(FROZEN.glob("*.whl"))
SECRET = "nimbus-secret-0123456789"

PROGRAM = """
import asyncio, json, os, warnings
warnings.simplefilter("always")
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    from chimeric import Chimeric, ChimericError, plugins
    client = Chimeric(nimbus_base_url=os.environ["URL"], max_retries=0)
    infos = plugins()
    import ledger_for_chimeric
notes = ledger_for_chimeric.NOTES
notes.clear()

def erase(what: str) -> str: return "erased " + what
def ask(what: str) -> str: return "asked " + what
def weather(city: str) -> str: return "sunny in " + city

def stream(model, **more):
    stream = client.generate(model, "Hi", stream=True, **more)
    chunks = list(stream)
    return stream.response, chunks

def failure(model):
    try:
        stream(model)
    except ChimericError as error:
        return [type(error).__name__, error.message, error.partial and error.partial.content]

story, chunks = stream("nimbus-story")
loud, _ = stream("nimbus-loud")
tools, tool_chunks = stream("nimbus-tools", tools=[erase, ask, weather])
recovered, _ = stream("nimbus-broken")
whole = client.generate("nimbus-whole", "Hi")
native = list(client.generate("nimbus-story", "Hi", stream=True, native=True))
async def later():
    async with Chimeric(nimbus_base_url=os.environ["URL"]) as own:
        return (await (await own.agenerate("nimbus-loud", "Hi", stream=True)).collect()).content
with warnings.catch_warnings(record=True) as dropped:
    warnings.simplefilter("always")
    client.generate("nimbus-whole", "Hi", stop=["x"])
print(json.dumps({
    "installed": sorted([i.name, i.state] for i in infos if i.name in ("nimbus", "ledger")),
    "hooks": sorted({h for i in infos if i.name in ("nimbus", "ledger") for h in i.hooks}),
    "story": [story.content, story.reasoning, story.finish_reason, story.usage.total_tokens],
    "metadata": [story.metadata["cloud"], story.metadata["ledger"],
                 story.metadata["citations"], story.metadata["server_tool_calls"]],
    "native": [getattr(chunks[0].native, "say", None), len(native)],
    "loud": loud.content,
    "later": asyncio.run(later()),
    "tools": [tools.content, [[r.name, r.output, r.is_error] for r in tools.tool_results]],
    "calls": [[c.name, c.arguments] for c in tools.tool_calls],
    "recovered": recovered.content,
    "whole": whole.content,
    "slow": failure("nimbus-slow"),
    "cut": failure("nimbus-cut"),
    "refused": failure("nimbus-refused"),
    "models": [m.id for m in client.list_models("nimbus")],
    "dropped": [str(w.message) for w in dropped],
    "notes": notes,
    "deprecated": sorted({os.path.basename(w.filename) for w in told
                          if issubclass(w.category, DeprecationWarning)}),
    "advice": sorted({str(w.message) for w in told if issubclass(w.category, DeprecationWarning)}),
}))
"""


def frames(*told: dict[str, Any]) -> Iterator[bytes]:
    for value in told:
        data = json.dumps(value).encode()
        yield b"%04d%b" % (len(data), data)


END = {"end": "done", "tokens": [9, 6]}
CALLS = [
    {"call": {"place": 0, "id": "a", "name": "erase", "with": '{"what": "all"}', "whole": True}},
    {"call": {"place": 1, "id": "b", "name": "ask", "with": '{"what"'}},
    {"call": {"place": 1, "with": ': "me"}', "whole": True}},
    {"call": {"place": 2, "id": "c", "name": "weather", "with": '{"city": "Oslo"}'}},
    {"call": {"place": 3, "id": "d", "name": "today"}},
    {"end": "tools", "tokens": [1, 1]},
]
STORY = [
    {"think": "hm"},
    {"say": "once "},
    {"searched": {"query": "rain"}},
    {"say": "upon a"},
    {"say": " time"},
    {"cite": {"url": "https://rain.test"}},
    END,
]


def answer(request: SeenRequest) -> Iterator[bytes]:
    if request.method == "GET":
        last = request.path.endswith("after=b")
        page = {"clouds": ["c"]} if last else {"clouds": ["a", "b"], "next": "b"}
        return reply(json.dumps(page).encode())
    seal = hmac.new(SECRET.encode(), request.body, "sha256").hexdigest()
    assert request.headers["x-nimbus"] == seal
    body = request.json()
    assert body.get("temperature") is None  # Nimbus does not send it, the middleware sets it
    model = body["model"]
    if model == "nimbus-refused":
        told = json.dumps({"why": "go away", "kind": "who", "wait": 1}).encode()
        return iter([b"HTTP/1.1 403 No\r\ncontent-length: %d\r\n\r\n%b" % (len(told), told)])
    if not body["stream"]:
        return reply(json.dumps({"say": "all of it", **END}).encode())
    if model == "nimbus-broken" or model == "nimbus-slow":
        return reply(b"".join(frames({"fail": "slow"})))
    if model == "nimbus-cut":
        return reply(b"".join(frames(*STORY[:4])))
    if model == "nimbus-tools" and body["told"][-1][0] == "user":
        return reply(b"".join(frames(*CALLS)))
    return reply(b"".join(frames(*STORY)))


def reply(body: bytes) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nx-request-id: r1\r\ncontent-length: %d\r\n\r\n" % len(body)
    for place in range(0, len(body), 7):
        yield body[place : place + 7]


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(ROOT, tmp_path_factory.mktemp("core"))


@pytest.fixture(scope="module")
def seen(core: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    environment = Environment(tmp_path_factory.mktemp("frozen") / "env")
    environment.install(core, *WHEELS)
    with LoopbackServer(answer) as server:
        return environment.call(PROGRAM, URL=server.url, NIMBUS_SECRET=SECRET)


def test_both_are_taken_and_every_hook_of_their_time_is_called(seen: Any) -> None:
    assert seen["installed"] == [["ledger", "active"], ["nimbus", "active"]]
    assert len(seen["hooks"]) == 22


def test_the_provider_streams_as_it_did(seen: Any) -> None:
    assert seen["story"] == ["once upon a time", "hm", "stop", 15]
    assert seen["metadata"] == [
        "cumulus",
        "nimbus",
        [{"url": "https://rain.test"}],
        [{"query": "rain"}],
    ]
    assert seen["native"] == [None, 7]
    assert seen["whole"] == "all of it"
    assert seen["models"] == ["a", "b", "c"]
    assert seen["dropped"] == ["nimbus: stop is not known to Nimbus"]


def test_the_middleware_does_what_it_did(seen: Any) -> None:
    assert seen["loud"] == seen["later"] == "ONCE UPON A TIME"
    assert seen["recovered"] == "once upon a time"
    assert {note.partition(" ")[0] for note in seen["notes"]} == {
        "prepare",
        "started",
        "finished",
        "failed",
        "transport",
        "wrap",
    } - {"transport"}
    assert "failed RateLimitError" in seen["notes"]


def test_their_tools_and_gates_work(seen: Any) -> None:
    content, results = seen["tools"]
    assert content == "once upon a time"
    assert results == [
        ["erase", "denied: nobody erases here", True],
        ["ask", "answered by the ledger", False],
        ["weather", "sunny in Oslo", False],
        ["today", "Monday", False],
    ]
    assert seen["calls"] == [
        ["erase", '{"what": "all"}'],
        ["ask", '{"what": "me"}'],
        ["weather", '{"city": "Oslo"}'],
        ["today", "{}"],
    ]


def test_their_errors_are_the_same(seen: Any) -> None:
    assert seen["slow"] == ["RateLimitError", "Nimbus failed", ""]
    assert seen["cut"][0] == "StreamInterruptedError"
    assert seen["cut"][2] == "once upon a"
    assert seen["refused"][:2] == ["PermissionDeniedError", "go away"]


def test_what_they_import_from_private_modules_is_told_with_its_public_name(seen: Any) -> None:
    assert seen["deprecated"] == ["ledger_for_chimeric.py", "nimbus_for_chimeric.py"]
    assert any("import StreamChunk from chimeric" in advice for advice in seen["advice"])
    assert any("chimeric.framing.EVENT_LIMIT" in advice for advice in seen["advice"])


NEXT = """
import json, warnings
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    from chimeric import API_VERSION, Chimeric, plugins
    client = Chimeric()
    states = {i.name: [i.state, i.error] for i in plugins()}
print(json.dumps({"api": API_VERSION, "states": states}))
"""


def copy_with(source: Path, into: Path, path: str, old: str, new: str) -> Path:
    """A copy of a project in which one text is another."""
    shutil.copytree(source, into, ignore=_beside_the_core if source == ROOT else None)
    text = (into / path).read_text()
    assert text.count(old) == 1
    (into / path).write_text(text.replace(old, new))
    return into


def _beside_the_core(directory: str, names: list[str]) -> list[str]:
    """What of the project's root is no part of the core's distribution."""
    if Path(directory) != ROOT:
        return [name for name in names if name == "__pycache__"]
    wanted = ("chimeric_core", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md")
    return [name for name in names if name not in wanted]


@pytest.fixture(scope="module")
def next_core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("next")
    api = "chimeric_core/chimeric/plugins/api.py"
    copy = copy_with(
        ROOT, directory / "core", api, "API_VERSION: Final = 2", "API_VERSION: Final = 3"
    )
    return build_wheel(copy, directory / "wheel")


def plugin_wheels(tmp_path: Path, declared: str) -> list[Path]:
    """Our own plugin for Ollama as a release that declares these APIs, and its library."""
    source = ROOT / "plugins" / "chimeric-ollama"
    module = "chimeric_ollama/__init__.py"
    told = f"chimeric_api = {declared}"
    copy = copy_with(source, tmp_path / "plugin", module, "chimeric_api = (2, 2)", told)
    project = copy / "pyproject.toml"
    text = project.read_text()
    project.write_text(text.replace('"chimeric-core>=0.4,<0.5"', '"chimeric-core>=0.4"'))
    library = ROOT / "plugins" / "chimeric-models"
    into = tmp_path / "wheel"
    return [build_wheel(copy, into), build_wheel(library, into)]


def test_a_plugin_of_today_works_with_the_next_core(next_core: Path, tmp_path: Path) -> None:
    environment = Environment(tmp_path / "env")
    environment.install(next_core, *plugin_wheels(tmp_path, "(2, 2)"), *WHEELS)
    seen = environment.call(NEXT)
    assert seen["api"] == 3
    assert seen["states"]["ollama"] == ["active", None]
    state, error = seen["states"]["ledger"]
    assert state == "broken"
    assert "pip install 'chimeric-core<" in error


def test_a_plugin_of_the_next_api_is_refused_by_the_core_of_today(
    core: Path, tmp_path: Path
) -> None:
    environment = Environment(tmp_path / "env")
    environment.install(core, *plugin_wheels(tmp_path, "(3, 3)"), *WHEELS)
    seen = environment.call(NEXT)
    state, error = seen["states"]["ollama"]
    assert state == "broken"
    assert "needs plugin API 3, and this chimeric-core has 2" in error
    assert "pip install 'chimeric-core>=0." in error
    assert seen["states"]["ledger"] == ["active", None]


def test_a_plugin_that_spans_both_apis_works_with_both(
    core: Path, next_core: Path, tmp_path: Path
) -> None:
    wheels = plugin_wheels(tmp_path, "(2, 3)")
    for number, each in enumerate((core, next_core)):
        environment = Environment(tmp_path / f"env{number}")
        environment.install(each, *wheels)
        assert environment.call(NEXT)["states"]["ollama"] == ["active", None]
