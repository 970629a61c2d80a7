"""No key in an error, in whatever form and place the server repeats it."""

from __future__ import annotations

import base64
import json
import pickle
import traceback
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from chimeric_testing import LoopbackServer, SeenRequest

from chimeric import Chimeric, ChimericError, ConfigurationError
from chimeric.masking import Masker

KEY = "sk-secret/77aa88+bb99cc00dd-tail"
SHOWN = 8
"""Characters of the key in a row that nobody may see."""


def escaped(text: str) -> str:
    return json.dumps(text)[1:-1].replace("/", "\\/").replace("-", "\\u002d")


def everywhere(text: str) -> str:
    return "".join(f"\\u{ord(char):04x}" for char in text)


FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "escaped for JSON": escaped,
    "every character escaped": everywhere,
    "percent-encoded": lambda text: quote(text, safe=""),
    "percent-encoded twice": lambda text: quote(quote(text, safe=""), safe=""),
    "for HTML": lambda text: text.replace("/", "&#x2F;").replace("-", "&#45;"),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 with a user": lambda text: base64.b64encode(f"user:{text}".encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(f"u:{text}".encode()).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "a header": lambda text: f"authorization: Bearer {text}",
    "cut at its end": lambda text: text[:22],
    "cut at its beginning": lambda text: text[-22:],
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_of_a_secret_is_hidden_and_the_words_around_it_stay(form: str) -> None:
    told = FORMS[form](KEY)
    mask = Masker([KEY])
    masked = mask.text(f"before {told} after")
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    assert "***" in masked
    assert len(masked) < 50
    assert mask.data(f"before {told} after".encode()) == masked.encode()


def test_ordinary_text_stays_as_it_is() -> None:
    mask = Masker([KEY, "abc"])
    text = "abc 100% \\u00e9 sk-sec a&amp;b"
    assert mask.text(text) == text
    assert mask.data(b"\xff\x00" + text.encode()) == b"\xff\x00" + text.encode()


def forms_in(text: str, key: str) -> list[str]:
    """Pieces of a key that stand in a text, read as often as it is escaped."""
    pieces = {key[n : n + SHOWN] for n in range(len(key) - SHOWN + 1)}
    coded = base64.b64encode(key.encode()).decode()
    pieces |= {coded[n : n + 12] for n in range(len(coded) - 12)}
    texts = [text]
    for _ in range(2):
        texts.append(bytes(texts[-1], "utf-8", "replace").decode("unicode_escape", "replace"))
    texts.append(text.replace("\\/", "/"))
    return [piece for piece in pieces if any(piece in told for told in texts)]


def shown(error: BaseException) -> str:
    """All that a log or a person could see of an error."""
    told = [str(error), repr(error.args), repr(vars(error)), *traceback.format_exception(error)]
    cause: BaseException | None = error
    while cause is not None:
        told += [str(cause), repr(cause), repr(vars(cause))]
        cause = cause.__cause__ or cause.__context__
    return "\n".join([*told, pickle.dumps(error).decode("latin-1")])


def ask(answer: Callable[[SeenRequest], Iterator[bytes]], **more: Any) -> ChimericError:
    settings: dict[str, Any] = {"api_key": KEY, "max_retries": 0, **more}
    with LoopbackServer(answer) as server, Chimeric(base_url=server.url, **settings) as client:
        with pytest.raises(ChimericError) as caught:
            client.generate("compatible:m", "Hi", stream=True).collect()
        return caught.value


def refusal(body: bytes, head: str = "") -> Callable[[SeenRequest], Iterator[bytes]]:
    def answer(request: SeenRequest) -> Iterator[bytes]:
        line = "HTTP/1.1 401 Unauthorized\r\n"
        yield f"{line}{head}content-length: {len(body)}\r\n\r\n".encode() + body

    return answer


def streamed(*events: bytes, head: str = "") -> Callable[[SeenRequest], Iterator[bytes]]:
    def answer(request: SeenRequest) -> Iterator[bytes]:
        body = b"".join(b"data: " + event + b"\n\n" for event in events)
        line = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
        yield f"{line}{head}content-length: {len(body)}\r\n\r\n".encode() + body

    return answer


TEXT = b'{"choices":[{"index":0,"delta":{"content":"Hi"}}]}'
FIELDS = ("message", "type", "code")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("place", ["status", "event"])
def test_a_key_is_in_no_field_of_a_providers_error(form: str, field: str, place: str) -> None:
    told = {"message": "no", "type": "t", "code": "c", field: "KEY"}
    text = json.dumps({"error": told}).replace("KEY", FORMS[form](KEY))
    answer = refusal(text.encode()) if place == "status" else streamed(TEXT, text.encode())
    error = ask(answer)
    assert forms_in(shown(error), KEY) == []
    assert "***" in str(getattr(error, field))


@pytest.mark.parametrize(
    "header", ["x-request-id", "request-id", "content-type", "www-authenticate"]
)
@pytest.mark.parametrize("form", ["as it is", "percent-encoded", "base64"])
def test_a_key_in_a_header_of_an_answer_is_nowhere(header: str, form: str) -> None:
    head = f"{header}: {FORMS[form](KEY)}\r\n"
    assert forms_in(shown(ask(refusal(b'{"error":"no"}', head))), KEY) == []
    cut = ask(streamed(TEXT, head=head))
    assert cut.partial is not None
    assert forms_in(shown(cut), KEY) == []


@pytest.mark.parametrize("size", range(64 * 1024 - 40, 64 * 1024 + 4, 7))
def test_a_key_at_the_place_where_a_body_is_cut_is_hidden_first(size: int) -> None:
    body = b"x" * size + KEY.encode() + b"y" * 100
    assert forms_in(shown(ask(refusal(body))), KEY) == []
    assert forms_in(shown(ask(streamed(TEXT, b"{" + body))), KEY) == []


@pytest.mark.parametrize("size", range(160, 204, 5))
def test_a_key_at_the_place_where_a_body_is_quoted_is_hidden_first(size: int) -> None:
    assert forms_in(shown(ask(refusal(b"x" * size + KEY.encode()))), KEY) == []


def test_a_key_in_a_broken_chunk_size_is_in_no_cause() -> None:
    def answer(request: SeenRequest) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        yield KEY.encode() + b"\r\n"

    error = ask(answer)
    assert error.__cause__ is not None or error.__context__ is not None
    assert forms_in(shown(error), KEY) == []


def test_a_credential_of_the_callers_own_headers_is_hidden_too() -> None:
    token = "tok-0123456789-abcdefghij"
    basic = base64.b64encode(b"me:pass-word-0123456789").decode()
    body = f"saw {token} and pass-word-0123456789 of Basic {basic}".encode()
    headers = {"x-tenant-token": token, "proxy-authorization": f"Basic {basic}"}
    error = ask(refusal(body), default_headers=headers)
    assert forms_in(shown(error), token) == []
    assert "pass-word" not in shown(error)
    assert basic not in shown(error)


@pytest.mark.parametrize("bad", ["\n", "\r\nx-evil: 1", "\0", "\u2019", "\ufeff"])
@pytest.mark.parametrize("name", ["Authorization", "x-api-key", "cookie", "x-anything"])
def test_a_header_that_cannot_be_sent_is_named_and_its_value_is_not(name: str, bad: str) -> None:
    client = Chimeric(base_url="http://127.0.0.1:9")
    with client, pytest.raises(ConfigurationError, match="header") as caught:
        client.generate("compatible:m", "Hi", extra_headers={name: f"Bearer {KEY}{bad}"})
    assert forms_in(shown(caught.value), KEY) == []


@pytest.mark.parametrize("bad", ["\u200b", "\u2019", "a\nb"])
def test_a_key_that_cannot_be_sent_names_where_it_comes_from(
    bad: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}{bad}{KEY}")
    with Chimeric() as client, pytest.raises(ConfigurationError) as caught:
        client.generate("openai:gpt-4o", "Hi")
    assert "OPENAI_API_KEY" in str(caught.value)
    assert forms_in(shown(caught.value), KEY) == []
    frame = caught.value.__traceback__
    while frame is not None:
        if "chimeric_core" in frame.tb_frame.f_code.co_filename:
            assert forms_in(repr(frame.tb_frame.f_locals), KEY) == []
        frame = frame.tb_next


ODD = [
    (None, "is NoneType"),
    (True, "is bool"),
    (["a", "b"], "is list"),
]


@pytest.mark.parametrize(("value", "words"), ODD)
@pytest.mark.parametrize("where", ["default_headers", "extra_headers"])
def test_a_header_value_that_is_no_text_is_refused(value: Any, words: str, where: str) -> None:
    settings = {"default_headers": {"x-mine": value}} if where == "default_headers" else {}
    call = {"extra_headers": {"x-mine": value}} if where == "extra_headers" else {}
    client = Chimeric(base_url="http://127.0.0.1:9", **settings)
    with client, pytest.raises(ConfigurationError, match=words) as caught:
        client.generate("compatible:m", "Hi", **call)
    assert "'x-mine'" in str(caught.value)


def test_numbers_and_bytes_are_header_values() -> None:
    headers: dict[Any, Any] = {"x-number": 7, b"x-bytes": b"abc"}
    seen: list[SeenRequest] = []

    def answer(request: SeenRequest) -> Iterator[bytes]:
        seen.append(request)
        yield from refusal(b"{}")(request)

    ask(answer, default_headers=headers)
    assert (seen[0].headers["x-number"], seen[0].headers["x-bytes"]) == ("7", "abc")


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_json_does_not_have_is_refused(number: float) -> None:
    with Chimeric(base_url="http://127.0.0.1:9") as client:
        for more in ({"temperature": number}, {"extra_body": {"a": [{"b": number}]}}):
            with pytest.raises(ConfigurationError):
                client.generate("compatible:m", "Hi", **more)


def test_a_session_token_of_a_signature_is_hidden_too(monkeypatch: pytest.MonkeyPatch) -> None:
    token = "FwoGZXIvYXdzEJr//session/token+0123456789abcdef=="
    monkeypatch.delenv("AWS_BEARER_TOKEN_BEDROCK", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAABCDEFGHIJKLMNOP")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret/0123456789+abcdefghij")
    monkeypatch.setenv("AWS_SESSION_TOKEN", token)
    monkeypatch.setenv("AWS_REGION", "us-east-1")

    def mismatch(request: SeenRequest) -> Iterator[bytes]:
        lines = "\n".join(f"{name}:{value}" for name, value in request.headers.items())
        body = json.dumps({"message": f"The canonical string should have been {lines}"}).encode()
        yield b"HTTP/1.1 403 No\r\ncontent-length: %d\r\n\r\n" % len(body) + body

    with LoopbackServer(mismatch) as server:
        with Chimeric(bedrock_base_url=server.url, max_retries=0) as client:
            with pytest.raises(ChimericError) as caught:
                client.generate("bedrock:m", "Hi", stream=True).collect()
    assert "canonical string" in str(caught.value)
    assert forms_in(shown(caught.value), token) == []
