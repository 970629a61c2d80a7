"""Transports that misbehave: an error names the plugin, and nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from chimeric_testing import LoopbackServer, SeenRequest
from provider import FAULTS, LINES, Good, ask, fails, kind, make

from chimeric import Chimeric, ConfigurationError, PluginError, hookimpl


class Wrapped:
    """A transport around another that raises at a place.

    The faults are shared: what raised them in other tests is taken from them, for whose fault one
    is can be read from where it came.
    """

    def __init__(self, inner: Any, place: str, fault: Any) -> None:
        self._inner, self._place, self._fault = inner, place, fault

    def open(self, *args: Any) -> Any:
        if self._place == "open":
            raise self._fault.with_traceback(None)
        return WrappedAnswer(self._inner.open(*args), self._place, self._fault)

    def close(self) -> None:
        self._inner.close()


class WrappedAnswer:
    def __init__(self, inner: Any, place: str, fault: Any) -> None:
        self._inner, self._reads, self._fault = inner, place == "read", fault
        self.status, self.headers = inner.status, inner.headers
        self.close, self.abort = inner.close, inner.abort

    def read(self) -> bytes:
        data: bytes = self._inner.read()
        if self._reads and b"two" in data:
            raise self._fault.with_traceback(None)
        return data


def slowly(request: SeenRequest) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    for line in LINES:
        yield b"%x\r\n%s\r\n" % (len(line), line)
        time.sleep(0.1)
    yield b"0\r\n\r\n"


@pytest.mark.parametrize("fault", FAULTS, ids=kind)
@pytest.mark.parametrize("place", ["open", "read"])
def test_a_transport_with_a_bug_is_named_and_what_came_is_kept(
    place: str, fault: Exception
) -> None:
    class Wrapper:
        name = "odd-wrapper"

        @hookimpl
        def chimeric_wrap_transport(self, transport: Any, asynchronous: bool) -> Any:
            return Wrapped(transport, place, fault)

    with LoopbackServer(slowly) as server, make(server, Good(), Wrapper()) as client:
        with pytest.raises(PluginError) as caught:
            ask(client)
    error = caught.value
    assert (error.plugin, error.hook) == ("odd-wrapper", "chimeric_wrap_transport")
    cause = error.__cause__
    assert cause is not None
    assert fault in (cause, cause.__cause__)  # a generator makes StopIteration a RuntimeError
    if place == "read":
        assert error.partial is not None
        assert error.partial.content == "one "


@pytest.mark.parametrize("value", [5, "text", object()], ids=kind)
def test_what_wraps_a_transport_must_be_one(server: LoopbackServer, value: Any) -> None:
    class Wrapper:
        name = "odd-wrapper"

        @hookimpl
        def chimeric_wrap_transport(self, transport: Any) -> Any:
            return value

    error = fails(server, Good(), Wrapper())
    assert isinstance(error, PluginError)
    assert "return a transport" in error.message


class FirstEdition:
    """A transport of before 0.5: it knows no ``started``."""

    def open(self, request: Any) -> Any:
        raise AssertionError("it is not asked")

    def close(self) -> None: ...


def test_a_transport_of_the_first_edition_is_told_what_it_lacks() -> None:
    class Wrapper:
        name = "older-wrapper"

        @hookimpl
        def chimeric_wrap_transport(self, transport: Any, asynchronous: bool) -> Any:
            return FirstEdition()

    class Carrier:
        name = "older-carrier"

        @hookimpl
        def chimeric_transport(self, name: str, asynchronous: bool) -> Any:
            return FirstEdition if name == "older" else None

    for plugin, settings in ((Wrapper(), {}), (Carrier(), {"transport": "older"})):
        client: Any = Chimeric(base_url="http://127.0.0.1:9/v1", plugins=[plugin], **settings)
        with pytest.raises(PluginError, match="started") as caught:
            client.generate("compatible:m", "Hi")
        assert caught.value.plugin == plugin.name


def test_nobody_is_sent_to_install_a_distribution_that_nobody_has_published() -> None:
    client = Chimeric(base_url="http://127.0.0.1:9/v1", transport="pigeon")
    with pytest.raises(ConfigurationError, match="'pigeon'") as caught:
        client.generate("compatible:m", "Hi")
    assert "pip install" not in str(caught.value)
