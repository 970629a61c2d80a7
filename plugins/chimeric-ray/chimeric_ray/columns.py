"""The columns of an answered dataset: what became of a row, as Arrow has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import msgspec
from chimeric_batch import BatchResult

from chimeric import CompletionResponse

from .shapes import Shape, plain, shape_of, unchanged

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Answer", "Columns", "column_names"]

SUFFIXES = (
    "",
    "_finish_reason",
    "_prompt_tokens",
    "_completion_tokens",
    "_cached_tokens",
    "_cost",
    "_error",
)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a row: a value of each column."""

    value: Any = None
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    cost: float | None = None
    error: dict[str, Any] | None = None

    def failed(self, error: dict[str, Any]) -> Answer:
        """The same, with an error in the place of the value."""
        return msgspec.structs.replace(self, value=None, error=error)


def column_names(output: str) -> list[str]:
    """The names of the columns that are added.

    Example:
        >>> column_names("answer")[:2]
        ['answer', 'answer_finish_reason']
    """
    return [output + suffix for suffix in SUFFIXES]


class Columns:
    """The columns of one job.

    Args:
        output: the column of the answers.
        schema: of structured answers; None for text.
    """

    def __init__(self, output: str, schema: Mapping[str, Any] | None) -> None:
        import pyarrow as pa

        text = Shape(pa.string(), unchanged)
        self._shape = text if schema is None else shape_of(schema)
        self._structured = schema is not None
        self.names = column_names(output)
        error = pa.struct(
            [
                *((name, pa.string()) for name in ("type", "message", "request_id", "partial")),
                ("status", pa.int64()),
            ]
        )
        counts = [pa.int64()] * 3
        self.types = [self._shape.type, pa.string(), *counts, pa.float64(), error]

    def answer(self, result: BatchResult) -> Answer:
        """A result as the columns hold it. What Arrow cannot hold is an error of its row."""
        response = result.response
        if response is None:
            return Answer(error=_error(result.error))
        usage = response.usage
        answer = Answer(
            finish_reason=response.finish_reason,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            cached_tokens=usage.cached_tokens,
            cost=_dollars(response),
        )
        if not self._structured:
            return msgspec.structs.replace(answer, value=response.content)
        if response.parsed is None:
            text = f"the answer ended with {response.finish_reason!r}, and was not converted"
            return answer.failed(_fault("StructuredOutputError", text, partial=response.content))
        try:
            return msgspec.structs.replace(answer, value=self._fitting(plain(response.parsed)))
        except (OverflowError, TypeError, ValueError, AttributeError) as error:
            text = f"the answer does not fit its column: {error}"
            return answer.failed(_fault("StructuredOutputError", text, partial=response.content))

    def arrays(self, answers: Sequence[Answer]) -> dict[str, pa.Array]:
        """The columns of some rows, by name."""
        import pyarrow as pa

        return {
            name: pa.array([getattr(answer, field) for answer in answers], type=kind)
            for name, field, kind in zip(self.names, FIELDS, self.types, strict=True)
        }

    def answers(self, table: pa.Table) -> list[Answer]:
        """What was kept in a table with these columns."""
        columns = [table.column(name).to_pylist() for name in self.names]
        return [Answer(**dict(zip(FIELDS, row, strict=True))) for row in zip(*columns, strict=True)]

    def _fitting(self, value: Any) -> Any:
        import pyarrow as pa

        fitting = self._shape.fit(value)
        pa.array([fitting], type=self._shape.type)  # its errors are ValueErrors
        return fitting


FIELDS = [field.name for field in msgspec.structs.fields(Answer)]


def _dollars(response: CompletionResponse) -> float | None:
    """US dollars of the call, where chimeric-cost has told them."""
    cost: object = response.metadata.get("cost")
    told = cast("Mapping[str, object]", cost).get("call") if isinstance(cost, Mapping) else None
    return told if isinstance(told, float) else None


def _error(error: BaseException | None) -> dict[str, Any]:
    partial = getattr(error, "partial", None)
    return _fault(
        type(error).__name__,
        getattr(error, "message", None) or str(error),
        request_id=getattr(error, "request_id", None),
        status=getattr(error, "status_code", None),
        partial=None if partial is None else partial.content,
    )


def _fault(
    kind: str,
    message: str,
    *,
    request_id: str | None = None,
    status: int | None = None,
    partial: str | None = None,
) -> dict[str, Any]:
    return {
        "type": kind,
        "message": message,
        "request_id": request_id,
        "partial": partial,
        "status": status,
    }
