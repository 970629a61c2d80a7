"""The contract suite, run on a provider that keeps it and on ones that do not."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec
import pytest
from chimeric_testing import ProviderContract, Recorded, RecordedError

from chimeric import (
    Chimeric,
    Delta,
    ErrorInfo,
    Event,
    HTTPRequest,
    HTTPResponse,
    ModelNotSupportedError,
    PluginError,
    Provider,
    ProviderConfig,
    RateLimitError,
    Request,
    ServerError,
    TextPart,
    hookimpl,
)

ONCE = b'{"say":"Once"}\n'
STORY = ONCE + '{"say":" upon a tïme"}\n{"end":"done"}\n'.encode()


class Frame(msgspec.Struct):
    """One line of a stream, or a whole answer."""

    say: str | None = None
    end: str | None = None
    oops: str | None = None


class Acme:
    """It speaks in lines of JSON, and takes text only."""

    @hookimpl
    def chimeric_provider(self) -> Provider:
        return Provider(name="acme", base_url="https://acme.test/v1", framing="ndjson")

    @hookimpl
    def chimeric_build_request(self, request: Request, provider: ProviderConfig) -> HTTPRequest:
        messages = request.messages
        parts = [part for message in messages for part in message.parts]
        if (
            request.tools
            or request.response_format
            or any(message.tool_calls for message in messages)
            or any(not isinstance(part, TextPart) for part in parts)
        ):
            raise ModelNotSupportedError("acme takes text only")
        said = [(m.role, m.text or m.refusal) for m in messages]
        body = {"model": request.model, "said": said, "live": request.stream, **request.extra}
        asked = ("temperature", "top_p", "max_tokens", "stop", "seed", "reasoning_effort")
        dropped = [
            f"acme has no {name}" for name in asked if getattr(request, name) not in (None, ())
        ]
        if any(message.reasoning for message in request.messages):
            dropped.append("acme takes no reasoning of before")
        return HTTPRequest(
            url=f"{provider.base_url}/say",
            body={**body, **request.extra_body},
            dropped=tuple(dropped),
        )

    @hookimpl
    def chimeric_parse_event(self, event: Event) -> Delta | str | None:
        frame = msgspec.json.decode(event.data, type=Frame)
        if frame.oops:
            return Delta(error=ErrorInfo(message=frame.oops, kind="server"))
        if frame.end:
            return Delta(done=True, finish_reason="stop")
        return frame.say

    @hookimpl
    def chimeric_parse_response(self, response: HTTPResponse) -> Delta:
        frame = msgspec.json.decode(response.body, type=Frame)
        if frame.end is None:
            raise ValueError("no answer")
        return Delta(text=frame.say, done=True, finish_reason="stop")

    @hookimpl
    def chimeric_parse_error(self, response: HTTPResponse) -> ErrorInfo:
        return ErrorInfo(message=msgspec.json.decode(response.body, type=Frame).oops or "")


class TestAcme(ProviderContract):
    """Every check of the suite holds."""

    provider = "acme"
    plugin = Acme()
    streams: ClassVar[dict[str, Recorded]] = {"text": Recorded(body=STORY, text="Once upon a tïme")}
    answers: ClassVar[dict[str, Recorded]] = {
        "text": Recorded(body=b'{"say":"Once","end":"done"}', text="Once")
    }
    stream_errors: ClassVar[dict[str, RecordedError]] = {
        "busy": RecordedError(
            body=ONCE + b'{"oops":"too much to do"}\n', message="too much to do", text="Once"
        )
    }
    errors: ClassVar[dict[str, RecordedError]] = {
        "too many": RecordedError(
            body=b'{"oops":"slower, please"}', message="slower", error=RateLimitError, status=429
        ),
        "broken": RecordedError(
            body=b'{"oops":"broken"}', message="broken", error=ServerError, status=500
        ),
    }
    noise = (b"{}\n", b'{"tick":1}\n')
    refuses: ClassVar[dict[str, str]] = dict.fromkeys(
        (
            "a tool",
            "a forced tool",
            "no tool allowed",
            "tool results",
            "parallel tool results, one of them an error",
        ),
        "acme takes text only",
    )


def checked(plugin: object) -> Any:
    """The suite of another plugin that sends and says the same."""
    return type("Checked", (TestAcme,), {"plugin": plugin})()


class Forgetful(Acme):
    @hookimpl
    def chimeric_parse_event(self, event: Event) -> Delta | str | None:
        delta = super().chimeric_parse_event(event)
        return None if delta == "Once" else delta


class Hasty(Acme):
    @hookimpl
    def chimeric_parse_event(self, event: Event) -> Delta | str | None:
        delta = super().chimeric_parse_event(event)
        return Delta(text=delta, finish_reason="stop") if isinstance(delta, str) else delta


class Talkative(Acme):
    @hookimpl
    def chimeric_build_request(self, request: Request, provider: ProviderConfig) -> HTTPRequest:
        http = super().chimeric_build_request(request, provider)
        return msgspec.structs.replace(http, body={**http.body, **request.extra_body, "x_extra": 1})


class Keeping(Acme):
    """It counts in itself, not in the state of a response: what is cut off is left there."""

    words = 0

    @hookimpl
    def chimeric_parse_event(self, event: Event) -> Delta | str | None:
        delta = super().chimeric_parse_event(event)
        if not isinstance(delta, str):
            self.words = 0
            return delta
        self.words += 1
        return Delta(text=delta, metadata={"words": self.words} if self.words < 2 else {})


def test_a_provider_that_loses_text_is_rejected():
    with pytest.raises(AssertionError):
        checked(Forgetful()).test_a_stream_says_what_was_recorded(TestAcme.streams["text"])


def test_a_provider_that_takes_a_cut_off_stream_for_a_whole_one_is_rejected():
    with pytest.raises(AssertionError):
        checked(Hasty()).test_a_cut_off_stream_is_an_error_that_keeps_what_came(
            TestAcme.streams["text"]
        )


@pytest.mark.parametrize(
    "check",
    [
        "a_cut_off_stream_is_an_error_that_keeps_what_came",
        "sync_and_async_callers_keep_the_same_of_a_cut_off_stream",
    ],
)
def test_a_provider_whose_metadata_of_a_cut_off_stream_depend_on_the_one_before_is_rejected(check):
    with pytest.raises(AssertionError, match=r"metadata of error\.partial"):
        getattr(checked(Keeping()), f"test_{check}")(TestAcme.streams["text"])


def test_a_provider_that_overrules_its_caller_is_rejected():
    with pytest.raises(AssertionError):
        checked(Talkative()).test_extra_body_wins()


class Spoken(Acme):
    """As it is installed: it asks elsewhere."""

    @hookimpl
    def chimeric_build_request(self, request: Request, provider: ProviderConfig) -> HTTPRequest:
        raise AssertionError("the installed plugin was asked")


def test_a_plugin_that_is_installed_and_passed_is_taken_as_it_was_passed(tmp_path, monkeypatch):
    folder = tmp_path / "acme_installed-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-installed\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(f"[chimeric]\nacme = {__name__}:INSTALLED\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    checked(Acme()).test_each_message_is_sent_in_its_order_and_its_role()
    with pytest.raises(PluginError):
        Chimeric(plugins=[Acme()])


INSTALLED = Spoken()
