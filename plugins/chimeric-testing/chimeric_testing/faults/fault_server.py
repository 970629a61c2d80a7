"""A server that spoils a recorded answer in a named way."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType

from chimeric_testing.script import Script
from chimeric_testing.server import LoopbackServer, SeenRequest, Step

from .fault import FAULTS, Fault

__all__ = ["FaultServer"]


class FaultServer:
    """Serves a recorded answer with one fault, chosen at the start or with ``play``.

    Attributes:
        loopback: the server underneath, with its counters: ``requests``, ``connections``,
            ``open``, ``aborted``.

    Example:
        .. code-block:: python

            answer = Script(payloads=(b'{"text": "Hi"}', b'{"end": true}'), cut=1)
            with FaultServer(answer, "reset-mid-event") as server:
                client = Chimeric(acme_base_url=server.url, acme_api_key="k")
                with pytest.raises(StreamInterruptedError):
                    client.generate("acme:m", "Hi", stream=True).collect()
                assert len(server.loopback.requests) == 1
    """

    def __init__(self, answer: Script, fault: str | Fault = "ok") -> None:
        self.answer = answer
        self._fault = FAULTS[fault] if isinstance(fault, str) else fault
        self._first = 0
        self.loopback = LoopbackServer(self._serve)

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.loopback.url

    def play(self, fault: str | Fault) -> None:
        """Serve another fault from the next request on."""
        self._fault = FAULTS[fault] if isinstance(fault, str) else fault
        self._first = len(self.loopback.requests)

    def close(self) -> None:
        """Stop serving and close all connections."""
        self.loopback.close()

    def _serve(self, request: SeenRequest) -> Iterable[Step]:
        number = len(self.loopback.requests) - 1 - self._first
        return self._fault.serve(self.answer, number, request)

    def __enter__(self) -> FaultServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
