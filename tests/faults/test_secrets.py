"""A key is in the request's header and nowhere else; what could carry it away is refused."""

from __future__ import annotations

import asyncio
import copy
import io
import logging
import pickle
import traceback
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from chimeric_testing import FAULTS, FaultServer, LoopbackServer, SeenRequest, Step

from chimeric import Chimeric, ChimericError, ConfigurationError, Secret

from .dialects import DIALECTS, Dialect
from .observed import arguments

KEY = "sk-secret-77aa88bb99cc00dd-tail"
EVERY = list(DIALECTS.values())
KEYED = [d for d in EVERY if d.name != "responses"]


def named(dialect: Dialect) -> str:
    return dialect.name


def make(dialect: Dialect, url: str, key: str = KEY, **more: Any) -> Chimeric:
    return Chimeric(
        api_keys={dialect.provider: key}, base_urls={dialect.provider: url}, max_retries=0, **more
    )


def everything_shown(error: BaseException) -> str:
    """All that a log or a person could see of an error."""
    shown = [str(error), repr(error), repr(error.args), repr(vars(error))]
    shown += traceback.format_exception(error)
    cause: BaseException | None = error
    while cause is not None:
        shown += [str(cause), repr(cause), repr(vars(cause))]
        request = getattr(cause, "_request", None)
        shown.append(repr(getattr(request, "headers", "")))
        cause = cause.__cause__ or cause.__context__
    partial = getattr(error, "partial", None)
    return "\n".join([*shown, repr(partial)])


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that any logger says at DEBUG."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    root = logging.getLogger()
    names = [root, *(logging.getLogger(n) for n in ("httpx", "httpcore", "asyncio", "chimeric"))]
    levels = [logger.level for logger in names]
    root.addHandler(handler)
    for logger in names:
        logger.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    for logger, level in zip(names, levels, strict=True):
        logger.setLevel(level)


@pytest.mark.parametrize("dialect", EVERY, ids=named)
def test_a_key_is_not_in_logs_at_debug(dialect: Dialect, logged: io.StringIO) -> None:
    with FaultServer(dialect.script(), "secret-echo-401") as server:
        with make(dialect, server.url) as client, pytest.raises(ChimericError):
            client.generate(**arguments(dialect))
        server.play("ok")
        with make(dialect, server.url) as client:
            client.generate(**arguments(dialect)).collect()

        async def main() -> None:
            async with make(dialect, server.url) as client:
                await (await client.agenerate(**arguments(dialect))).collect()

        asyncio.run(main())
    assert "httpcore" in logged.getvalue()
    assert KEY not in logged.getvalue()


@pytest.mark.parametrize("dialect", EVERY, ids=named)
@pytest.mark.parametrize(
    "fault",
    ["secret-echo-401", "reset-mid-event", "bad-status-line", "200-html", "huge-headers", "204"],
)
def test_a_key_is_not_in_errors(dialect: Dialect, fault: str) -> None:
    with FaultServer(dialect.script(), fault) as server, make(dialect, server.url) as client:
        with pytest.raises(ChimericError) as caught:
            client.generate(**arguments(dialect)).collect()
        assert KEY not in everything_shown(caught.value)
        if fault == "secret-echo-401":
            assert "***" in str(caught.value)
        assert pickle.loads(pickle.dumps(caught.value)).message == caught.value.message
        assert KEY.encode() not in pickle.dumps(caught.value)


@pytest.mark.parametrize("dialect", KEYED, ids=named)
def test_a_key_that_a_stream_repeats_is_masked_in_the_error(dialect: Dialect) -> None:
    told = dialect.error()
    echoed = (
        (told[0], told[1].replace(b"told by the server", KEY.encode()))
        if isinstance(told, tuple)
        else told.replace(b"told by the server", KEY.encode())
    )
    script = dialect.script(echoed)
    with FaultServer(script) as server, make(dialect, server.url) as client:
        with pytest.raises(ChimericError) as caught:
            client.generate(**arguments(dialect)).collect()
        assert KEY not in everything_shown(caught.value)
    junk = dialect.script(dialect.raw(b"{junk " + KEY.encode()))
    with FaultServer(junk) as server, make(dialect, server.url) as client:
        with pytest.raises(ChimericError) as caught:
            client.generate(**arguments(dialect)).collect()
        assert KEY not in everything_shown(caught.value)


@pytest.mark.parametrize("dialect", EVERY, ids=named)
def test_a_key_travels_in_its_headers_alone_and_not_in_the_url(dialect: Dialect) -> None:
    with FaultServer(dialect.script()) as server:
        with make(dialect, server.url) as client:
            client.generate(**arguments(dialect)).collect()
        seen = server.loopback.requests[0]
    assert KEY not in seen.path
    assert KEY.encode() not in seen.body
    # Servers of Anthropic's API elsewhere read one header or the other.
    headers = 2 if dialect.name == "anthropic" else 1
    assert sum(KEY in value for value in seen.headers.values()) == headers


def test_what_holds_a_key_masks_it_and_cannot_be_pickled() -> None:
    secret = Secret(KEY)
    client = Chimeric(openai_api_key=KEY)
    for thing in (secret, client):
        assert KEY not in f"{thing!r} {thing!s} {thing}"
        for copier in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError):
                copier(thing)
    assert KEY[:-4] not in repr(vars(client))
    assert KEY[:-4] not in repr(vars(client._engine.settings))


# --- what is refused before anything is sent ---


@pytest.fixture
def untouched() -> Iterator[LoopbackServer]:
    def handler(request: SeenRequest) -> Iterable[Step]:
        return FAULTS["ok"].serve(DIALECTS["chat"].script(), 0, request)

    with LoopbackServer(handler) as server:
        yield server
        assert server.connections == 0


@pytest.mark.parametrize("dialect", KEYED, ids=named)
@pytest.mark.parametrize("bad", ["a\r\nx-evil: 1", "a\nb", "a\0b", "schlüssel", "a\x7fb"])
def test_a_key_that_no_header_can_carry_is_refused(
    dialect: Dialect, bad: str, untouched: LoopbackServer
) -> None:
    key = "sk-0123456789abc" + bad + "tail-of-the-key"
    with make(dialect, untouched.url, key) as client:
        with pytest.raises(ConfigurationError) as caught:
            client.generate(**arguments(dialect))
        shown = everything_shown(caught.value)
        assert "tail-of-the-key" not in shown
        assert "sk-0123456789abc" not in shown


def test_a_line_break_at_the_end_of_a_key_is_taken_off() -> None:
    chat = DIALECTS["chat"]
    with FaultServer(chat.script()) as server:
        with make(chat, server.url, f"  {KEY}\r\n") as client:
            client.generate(**arguments(chat)).collect()
        assert server.loopback.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("value", ["a\r\nx-evil: 1", "a\nb", "a\0b", "日本"])
@pytest.mark.parametrize("where", ["value", "name", "default", "organization"])
def test_a_header_that_http_cannot_carry_is_refused(
    where: str, value: str, untouched: LoopbackServer
) -> None:
    chat = DIALECTS["chat"]
    client_headers = {"x-mine": value} if where == "default" else {}
    calls: dict[str, dict[str, Any]] = {
        "value": {"extra_headers": {"x-mine": value}},
        "name": {"extra_headers": {f"x-{value}": "mine"}},
        "organization": {"organization": value},
    }
    call = calls.get(where, {})
    client = make(chat, untouched.url, default_headers=client_headers)
    with client, pytest.raises(ConfigurationError, match="header"):
        client.generate(**arguments(chat), **call)


def test_a_header_of_latin_1_is_carried() -> None:
    chat = DIALECTS["chat"]
    with FaultServer(chat.script()) as server:
        with make(chat, server.url, default_headers={"x-mine": "café\tau lait"}) as client:
            client.generate(**arguments(chat)).collect()
        assert server.loopback.requests[0].headers["x-mine"] == "café\tau lait"


@pytest.mark.parametrize("name", ["x y", "x:y", "", "x/y"])
def test_a_header_name_that_is_none_is_refused(name: str, untouched: LoopbackServer) -> None:
    chat = DIALECTS["chat"]
    client = make(chat, untouched.url, default_headers={name: "1"})
    with client, pytest.raises(ConfigurationError, match="header"):
        client.generate(**arguments(chat))


TRICKS = [
    "../../v1/files",
    "..",
    "a/../../b",
    "..\\..\\b",
    "a\r\nHost: evil",
    "a\0b",
    "",
]


@pytest.mark.parametrize("name", TRICKS)
def test_a_model_name_cannot_leave_its_place_in_the_path(
    name: str, untouched: LoopbackServer
) -> None:
    google = DIALECTS["google"]
    with make(google, untouched.url) as client, pytest.raises(ConfigurationError):
        client.generate(**{**arguments(google), "model": name})


@pytest.mark.parametrize(
    "name", ["a?key=1", "a#b", "%2e%2e%2fb", "//evil.example/x", "a:b@evil", "a b", "é"]
)
def test_a_model_name_is_quoted_in_the_path(name: str) -> None:
    google = DIALECTS["google"]
    with FaultServer(google.script()) as server:
        with make(google, server.url) as client:
            try:
                client.generate(**{**arguments(google), "model": name}).collect()
            except ConfigurationError:
                assert server.loopback.connections == 0
                return
        path = server.loopback.requests[0].path
    head, _, tail = path.partition("/v1beta/models/")
    assert head == ""
    middle, colon, query = tail.rpartition(":streamGenerateContent")
    assert colon
    assert query == "?alt=sse"
    assert not set(middle) & set("?#\\ @")
    assert "//" not in middle
    assert ".." not in middle


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://host/x",
        "ftp://host/x",
        "http://user:pass@host/v1",
        "https://host/v1#x",
        "https://",
    ],
)
def test_a_base_url_of_another_kind_is_refused(url: str) -> None:
    client = Chimeric(openai_api_key=KEY, openai_base_url=url)
    with pytest.raises(ConfigurationError) as caught:
        client.generate("openai:m-1", "Hello")
    assert "pass@" not in str(caught.value)


def test_a_redirect_is_not_followed_even_with_a_client_that_would() -> None:
    import httpx

    chat = DIALECTS["chat"]
    with FaultServer(chat.script(), "redirect-cross-origin") as server:
        with httpx.Client(follow_redirects=True) as own:
            client = make(chat, server.url, http_client=own)
            with client, pytest.raises(ChimericError, match="redirect"):
                client.generate(**arguments(chat))
            assert not own.is_closed
        assert len(server.loopback.requests) == 1


def test_a_client_of_the_callers_own_with_a_cookie_or_netrc_adds_no_credentials(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login user password netrc-secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    chat = DIALECTS["chat"]
    with FaultServer(chat.script()) as server:
        with make(chat, server.url) as client:
            client.generate(**arguments(chat)).collect()
        assert server.loopback.requests[0].headers["authorization"] == f"Bearer {KEY}"
