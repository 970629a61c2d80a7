"""``python -m chimeric_gateway`` runs, refuses what is wrong in one line, and stops when told."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from chimeric_gateway import ConfigError, load
from chimeric_gateway.clients import hash_of
from chimeric_gateway.serve import check_address
from chimeric_gateway.serve.addresses import held_port
from chimeric_gateway.serve.command import _parser, main, told_key

pytest.importorskip("chimeric_sim", reason="the simulator answers here")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="it is stopped by signals")


Start = Callable[..., Any]

MODELS = '[models.echo]\nmodel = "sim:echo"\n'
CLIENTS = f'[clients.app]\nkey_hash = "sha256:{hash_of("the key")}"\n'
SLOW = '[models.slow]\nmodel = "sim:story"\nparams = { rate = 20, tokens = 40 }\n'
PATH = "/v1/chat/completions"
SERVERS = [
    ("--workers", "1"),
    ("--workers", "2"),
    ("--server", "granian"),
    ("--server", "granian", "--workers", "2"),
]


def ask(url: str, model: str = "echo", text: str = "Hello", **more: Any) -> httpx.Response:
    body = {"model": model, "messages": [{"role": "user", "content": text}]}
    return httpx.post(url + PATH, json=body, timeout=60, trust_env=False, **more)


def said(answer: httpx.Response) -> str:
    text: str = answer.json()["choices"][0]["message"]["content"]
    return text


@pytest.fixture(params=SERVERS, ids=" ".join)
def server(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Options of a server with its workers."""
    options: tuple[str, ...] = request.param
    if "granian" in options:
        pytest.importorskip("granian", reason="granian is an extra")
    return options


def test_it_serves_and_stops(server: tuple[str, ...], start: Start) -> None:
    gateway = start(*server, toml=MODELS)
    assert said(ask(gateway.url)) == "Hello"
    assert gateway.stop() == 0
    assert gateway.err.count("\n") == 1, gateway.err
    assert f"(1 model, no keys, {2 if '2' in server else 1} worker" in gateway.err


def test_a_fault_of_the_file_ends_it_with_one_line(server: tuple[str, ...], start: Start) -> None:
    gateway = start(*server, toml="max_bdoy = 3\n", ready=False)
    assert gateway.ended() == 1
    assert gateway.err == (
        "error: gateway.toml:1: max_bdoy: there is no such field; did you mean 'max_body'?\n"
    )
    assert gateway.out == ""


def test_open_streams_have_time_to_end(server: tuple[str, ...], start: Start) -> None:
    gateway = start(*server, toml=f"grace = 20\n{SLOW}")
    heard = hear_and_stop(gateway)
    assert heard.rstrip().endswith(b"data: [DONE]"), heard
    assert b'"finish_reason":"stop"' in heard
    assert gateway.ended() == 0


def test_after_its_time_an_open_stream_ends_with_an_error(
    server: tuple[str, ...], start: Start
) -> None:
    endless = SLOW.replace("tokens = 40", "tokens = 4000")
    gateway = start(*server, toml=f"grace = 0.5\n{endless}")
    heard = hear_and_stop(gateway)
    assert b"[DONE]" not in heard
    assert b'"finish_reason":"' not in heard
    last = heard.rstrip().rpartition(b"data: ")[2]
    assert "error" in json.loads(last), last
    assert gateway.ended() == 0


def hear_and_stop(gateway: Any) -> bytes:
    """What a client hears of a stream that has begun when the gateway is told to stop."""
    body = {
        "model": "slow",
        "stream": True,
        "messages": [{"role": "user", "content": "Tell me a story"}],
    }
    stopping = threading.Thread(target=gateway.stop)
    heard = b""
    with httpx.stream("POST", gateway.url + PATH, json=body, timeout=60, trust_env=False) as answer:
        for piece in answer.iter_raw():
            if not heard:
                assert b"[DONE]" not in piece
                stopping.start()
            heard += piece
    stopping.join()
    return heard


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_key_in_clear_text_is_warned_of_once(workers: str, start: Start) -> None:
    endpoint = '[endpoints.eu]\nprovider = "openai"\napi_key = "sk-in-clear"\n'
    gateway = start("--workers", workers, toml=endpoint + MODELS)
    assert said(ask(gateway.url)) == "Hello"
    gateway.stop()
    warned = [line for line in gateway.err.splitlines() if line.startswith("warning: ")]
    assert len(warned) == 1, gateway.err
    assert "gateway.toml:3: endpoints.eu.api_key" in warned[0]
    assert "sk-in-clear" not in gateway.err + gateway.out


def test_an_error_stands_alone(start: Start) -> None:
    clear = '[endpoints.eu]\nprovider = "openai"\napi_key = "sk-in-clear"\n'
    for options, toml in (((), clear + "[models.x]\nmodle = 1\n"), (("--host", "0.0.0.0"), clear)):
        gateway = start(*options, toml=toml, ready=False)
        assert gateway.ended() == 1
        assert re.fullmatch(r"error: gateway\.toml\S* .*\n", gateway.err), gateway.err


def test_limits_that_workers_do_not_share_are_warned_of(start: Start) -> None:
    pytest.importorskip("chimeric_limit", reason="limits are an extra")
    toml = f"{CLIENTS}requests_per_minute = 5\n"
    gateway = start("--workers", "2", toml=toml)
    gateway.stop()
    assert "warning: limits hold in each of 2 workers" in gateway.err


@pytest.mark.parametrize("told", ["file", "variable"])
@pytest.mark.parametrize("options", [(), ("--server", "granian")], ids=["uvicorn", "granian"])
def test_workers_share_limits_where_there_is_redis(
    options: tuple[str, ...], told: str, start: Start, redis_server: Any
) -> None:
    pytest.importorskip("chimeric_limit", reason="limits are an extra")
    if options:
        pytest.importorskip("granian", reason="granian is an extra")
    toml, url = f"{MODELS}{CLIENTS}requests_per_minute = 5\n", redis_server.url
    if told == "file":
        gateway = start("--workers", "3", *options, toml=f'redis = "{url}"\n{toml}')
    else:
        gateway = start("--workers", "3", *options, toml=toml, CHIMERIC_LIMIT_STORE=url)
    # A connection for each request: the system spreads them over the workers.
    asked = [ask(gateway.url, headers={"x-api-key": "the key"}) for _ in range(12)]
    assert [answer.status_code for answer in asked] == [200] * 5 + [429] * 7
    assert "warning" not in gateway.err


def test_ctrl_c_stops_it_without_a_traceback(start: Start) -> None:
    gateway = start(toml=MODELS)
    assert gateway.stop(signal.SIGINT) in (0, 130)
    assert "Traceback" not in gateway.err


def test_the_file_in_the_folder_is_taken_where_none_is_named(start: Start) -> None:
    gateway = start(toml=MODELS)
    assert "1 model" in gateway.err
    assert ask(gateway.url, "sim:echo").status_code == 404


def test_without_a_file_every_model_is_served(start: Start) -> None:
    gateway = start()
    assert "every model" in gateway.err
    assert said(ask(gateway.url, "sim:echo")) == "Hello"


def test_a_file_that_is_not_there_is_an_error(start: Start) -> None:
    gateway = start("--config", "other.toml", ready=False)
    assert gateway.ended() == 1
    assert gateway.err == "error: other.toml: No such file or directory\n"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.com", ""])
def test_without_keys_only_loopback_is_bound(host: str, start: Start) -> None:
    gateway = start("--host", host, toml=MODELS, ready=False)
    assert gateway.ended() == 1
    assert gateway.err.startswith("error: gateway.toml: [clients] is missing")
    assert gateway.err.count("\n") == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.1.2.3", "[::1]"])
def test_loopback_needs_no_keys(host: str) -> None:
    check_address(host, load(None))


@pytest.mark.parametrize("host", ["127.0.0.1.example.com", "2130706433", "::ffff:10.0.0.1", "0"])
def test_what_only_looks_like_loopback_is_none(host: str) -> None:
    with pytest.raises(ConfigError, match="only loopback"):
        check_address(host, load(None))


def test_with_keys_every_address_may_be_bound(start: Start) -> None:
    gateway = start("--host", "0.0.0.0", toml=MODELS + CLIENTS)
    assert ask(gateway.url).status_code == 401
    assert said(ask(gateway.url, headers={"x-api-key": "the key"})) == "Hello"


def test_a_port_that_is_taken_is_an_error_of_one_line(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for workers in ("1", "2"):
            gateway = start("--port", port, "--workers", workers, ready=False)
            assert gateway.ended() == 1
            assert re.fullmatch(
                rf"error: 127\.0\.0\.1:{port} cannot be bound: .*in use\n", gateway.err
            )


@pytest.mark.parametrize(
    "options",
    [
        ("--port", "65536"),
        ("--port", "x"),
        ("--workers", "0"),
        ("--server", "other"),
        ("--new-key", "a\nb"),
        ("--new-key", ""),
        ("--nonsense",),
    ],
    ids=" ".join,
)
def test_a_wrong_option_is_misuse(options: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(list(options))
    assert caught.value.code == 2


def test_the_readme_lists_every_option() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    options = {o for a in _parser("gateway")._actions for o in a.option_strings if o[:2] == "--"}
    assert "--config" in options
    for option in options - {"--help"}:
        assert re.search(rf"^\| .*`{option}\b.*\|", readme, re.MULTILINE), option


def test_a_file_may_only_be_checked(start: Start) -> None:
    good = start("--check", toml=MODELS, ready=False)
    assert good.ended() == 0
    assert (good.out, good.err) == ("gateway.toml: well\n", "")
    bad = start("--check", toml="grace = true", ready=False)
    assert bad.ended() == 1
    assert bad.out == ""
    assert bad.err == "error: gateway.toml:1: grace: expected a number, got true or false\n"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it cannot be held")
def test_a_free_port_is_held_until_the_server_has_it() -> None:
    with held_port("127.0.0.1", 0) as port:
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))
        with socket.create_server(("127.0.0.1", port)) as server:
            assert server.getsockname()[1] == port
        with held_port("127.0.0.1", port) as again:
            assert again == port
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))


def test_a_new_key_opens_the_gateway(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--new-key", "my-app"]) == 0
    told = capsys.readouterr().out
    (key,) = re.findall(r"^key: (\S+)$", told, re.MULTILINE)
    assert told.count(key) == 1
    lines = told[told.index("[clients.my-app]") :]
    gateway = start(toml=MODELS + lines)
    answer = ask(gateway.url, headers={"authorization": f"Bearer {key}"})
    assert said(answer) == "Hello"
    assert ask(gateway.url, headers={"authorization": f"Bearer {key}x"}).status_code == 401
    gateway.stop()
    assert key not in gateway.out + gateway.err
    assert json.loads(gateway.out.splitlines()[0])["client"] == "my-app"


@pytest.mark.parametrize("name", ["app", "my app", 'a "quoted" name', "team.one", "Müller", "a]b"])
def test_whatever_a_client_is_called_the_lines_are_toml(name: str) -> None:
    _, _, lines = told_key(name, "cgw-secret").partition("In the gateway's file:")
    client = load(tomllib.loads(lines)).clients[name]
    assert client.key_hash == hash_of("cgw-secret")


def test_the_lines_of_a_new_key_do_not_hold_it() -> None:
    _, _, lines = told_key("app", "cgw-secret").partition("[clients.app]")
    assert "cgw-secret" not in lines
    assert hash_of("cgw-secret") in lines


def test_a_worker_whose_file_has_become_wrong_ends_with_one_line(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text("grace = 'x'\n")
    done = subprocess.run(
        [sys.executable, "-m", "uvicorn", "--factory", "chimeric_gateway.serve:worker"],
        env={**os.environ, "CHIMERIC_GATEWAY_CONFIG": str(path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 3
    assert done.stderr == f"error: {path}:1: grace: expected a number, got a string\n"


def test_it_may_open_as_many_files_as_the_system_allows(start: Start) -> None:
    import resource

    gateway = start(toml=MODELS)
    limits = Path(f"/proc/{gateway.process.pid}/limits")
    if not limits.exists():
        pytest.skip("this system does not tell limits of a process")
    found = re.search(r"Max open files +(\d+)", limits.read_text())
    assert found is not None
    assert int(found[1]) == resource.getrlimit(resource.RLIMIT_NOFILE)[1]
