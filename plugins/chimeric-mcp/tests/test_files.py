"""The file that names servers."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from chimeric_mcp import load_servers

from chimeric import Chimeric, ConfigurationError

from .conftest import LIBRARY, ODD, outputs, told

Client = Callable[..., Chimeric]


def written(path: Path, servers: Any, key: str = "mcpServers") -> Path:
    file = path / "mcp.json"
    file.write_text(json.dumps({key: servers}))
    return file


def test_servers_of_a_file_are_tools_of_a_client(
    tmp_path: Path, client: Client, http_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ODD", ODD)
    monkeypatch.delenv("KIND", raising=False)
    file = written(tmp_path, {
        "odd": {"command": sys.executable, "args": ["${ODD}", "${KIND:-plain}"], "type": "stdio"},
        "library": {"type": "http", "url": http_url, "headers": {"x-key": "${ODD}"}},
        "off": {"command": "/no/such/program", "disabled": True},
    })  # fmt: skip
    servers = load_servers(file, timeout=20)
    assert [server.label for server in servers] == ["odd", "library"]
    with client(plugins=servers) as asked:
        response = asked.generate("sim:tools", "use only say and echo in Oslo")
    assert sorted(outputs(response)) == ["Oslo", 'say: {"word": "Oslo"}']


def test_the_environment_of_an_entry_reaches_its_program(tmp_path: Path, client: Client) -> None:
    entry = {"command": sys.executable, "args": [LIBRARY], "env": {"Wing": "B 12"}}
    with client(plugins=load_servers(written(tmp_path, {"library": entry}))) as asked:
        response = asked.generate("sim:tools", "use only environment: Wing")
    assert outputs(response) == ["B 12"]


def test_the_form_of_another_editor_is_read(tmp_path: Path) -> None:
    entry = {"type": "sse", "url": "https://wiki.example/sse"}
    (server,) = load_servers(written(tmp_path, {"wiki": entry}, "servers"))
    assert server.pool.setup.transport == "sse"


def test_a_key_that_is_not_known_is_told(tmp_path: Path) -> None:
    entry = {"command": "x", "colour": "red", "autoApprove": []}
    with told() as texts:
        load_servers(written(tmp_path, {"a": entry}))
    assert [text.partition("server 'a': ")[2] for text in texts] == ["colour: not known here"]


def test_a_program_that_does_not_exist_harms_no_other_server(
    tmp_path: Path, client: Client
) -> None:
    file = written(tmp_path, {
        "lost": {"command": "/no/such/program"},
        "odd": {"command": sys.executable, "args": [ODD]},
    })  # fmt: skip
    with client(plugins=load_servers(file)) as asked, told() as texts:
        response = asked.generate("sim:tools", "use only say in Oslo")
    assert outputs(response) == ['say: {"word": "Oslo"}']
    assert "there is no such program" in texts[0]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "is no JSON"),
        ("[]", 'must have an object "mcpServers"'),
        ('{"mcpServers": []}', 'must have an object "mcpServers"'),
        ('{"mcpServers": {"a": 1}}', "server 'a': it must be an object"),
        ('{"mcpServers": {"a": {}}}', 'it needs a "command" or a "url"'),
        ('{"mcpServers": {"a": {"command": "x", "url": "https://x"}}}', "it needs a"),
        ('{"mcpServers": {"a": {"command": "x", "type": "http"}}}', "a command of the type 'http'"),
        ('{"mcpServers": {"a": {"url": "https://x", "type": "stdio"}}}', "a url of the type"),
        ('{"mcpServers": {"a": {"url": "x.example"}}}', "must begin with https"),
        ('{"mcpServers": {"a": {"command": "x", "args": "y"}}}', "args has a value of a wrong"),
        ('{"mcpServers": {"a": {"command": "x", "timeout": "1"}}}', "timeout has a value"),
        ('{"mcpServers": {"a": {"command": "${NO_SUCH}"}}}', "the variable NO_SUCH is not set"),
    ],
)
def test_a_fault_of_a_file_is_told_with_its_place(
    tmp_path: Path, text: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_SUCH", raising=False)
    file = tmp_path / "mcp.json"
    file.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load_servers(file)
    assert fault in str(caught.value)
    assert "mcp.json" in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot read .*none\.json: No such file"):
        load_servers(tmp_path / "none.json")
