"""What a caller asks of the simulator itself, beside the prompt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from chimeric_dialects import Problem, ToolEnd
from chimeric_dialects.json_values import is_object

__all__ = ["Settings"]


class Settings(msgspec.Struct, frozen=True):
    """What a caller may ask of the simulator itself, in ``"sim": {...}`` or ``x-sim-*`` headers.

    Attributes:
        rate: tokens per second; 0 for no limit and one event a chunk.
        tokens: length of a story in tokens, whatever its prompt says.
        seed: seed of the answer.
        delay: seconds before the answer begins.
        rounds: how many times the ``tools`` model calls tools before it answers.
        status: refuse the request with this HTTP status.
        retry_after: seconds, for the header of that refusal.
        tool_delay: seconds that each tool of the service's own takes.
        phase_gap: seconds from one sign that such a tool is at work to the next; 0 for silence.
        tool_end: how such tools end: ``completed``, ``failed``, ``never`` or ``twice``.
        image_bytes: least size of a picture, and of each preview of it, up to 20,000,000.
        previews: how many previews a picture has, whatever the request says.
        pause: end the turn while the first such tool is at work, where the protocol can.
        filter: what Azure's content filter stops: the ``prompt``, or the ``answer`` on its way.
        cut_after: break the connection after this many pieces of a stream.
        cut_bytes: break it after this many bytes of a stream's body, wherever that is.
        fail_after: send the protocol's error event after this many pieces of a stream.
        queued: seconds that a response in the background waits before it begins.
        forgets: whether such a response is not kept, so that it cannot be joined again.
        shift: how many events behind the right one a join begins: too many are left out, with a
            negative number some come again.
        joins: settings of the requests that join such a response again, one after the other; the
            first also of requests that go on with an answer whose beginning they hold.
        echoes: whether such an answer tells its beginning again.
    """

    rate: float | None = None
    tokens: int | None = None
    seed: int | None = None
    delay: float = 0.0
    rounds: int | None = None
    status: int | None = None
    retry_after: float | None = None
    tool_delay: float = 0.0
    phase_gap: float = 0.3
    tool_end: ToolEnd = "completed"
    image_bytes: Annotated[int, msgspec.Meta(ge=0, le=20_000_000)] = 0
    previews: Annotated[int, msgspec.Meta(ge=0, le=20)] | None = None
    pause: bool = False
    filter: Literal["prompt", "answer"] | None = None
    cut_after: int | None = None
    fail_after: int | None = None
    cut_bytes: int | None = None
    queued: float = 0.0
    forgets: bool = False
    shift: int = 0
    joins: tuple[dict[str, Any], ...] = ()
    echoes: bool = False

    def going_on(self) -> Settings:
        """Those of a request that holds the beginning of its answer: it is cut as asked for it."""
        asked = self.joins[0] if self.joins else {}
        Settings.read({}, {"sim": asked})
        told = {"cut_after": None, "cut_bytes": None, "fail_after": None, **asked}
        return msgspec.structs.replace(self, **told)

    @classmethod
    def read(cls, headers: Mapping[str, str], body: Mapping[str, Any]) -> Settings:
        """Settings of one request; the body's win over the headers'.

        Raises:
            Problem: for a setting that does not exist or has a wrong type.
        """
        raw: dict[str, Any] = {
            name[6:].replace("-", "_"): value
            for name, value in headers.items()
            if name.startswith("x-sim-")
        }
        inner = body.get("sim")
        if is_object(inner):
            raw.update(inner)
        elif inner is not None:
            raise Problem("bad_request", "sim must be an object", param="sim")
        for name in raw:
            if name not in cls.__struct_fields__:
                raise Problem("bad_request", f"sim has no setting {name!r}", param=f"sim.{name}")
        try:
            return msgspec.convert(raw, cls, strict=False)
        except msgspec.ValidationError as error:
            raise Problem("bad_request", f"sim: {error}", param="sim") from None
