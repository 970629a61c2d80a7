"""What a caller asks of the simulator itself, beside the prompt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from chimeric_dialects import Problem
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
        cut_after: break the connection after this many pieces of a stream.
        fail_after: send the protocol's error event after this many pieces of a stream.
    """

    rate: float | None = None
    tokens: int | None = None
    seed: int | None = None
    delay: float = 0.0
    rounds: int | None = None
    status: int | None = None
    retry_after: float | None = None
    cut_after: int | None = None
    fail_after: int | None = None

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
