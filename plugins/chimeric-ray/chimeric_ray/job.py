"""What an actor has to know of a job. It is pickled, and holds no key."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

from chimeric import Chimeric

from .carried import dumps

__all__ = ["Job", "MakeClient", "Prompt"]

Prompt: TypeAlias = str | Callable[[dict[str, Any]], Any]
"""The column that holds what is asked, or what makes messages of a row."""

MakeClient: TypeAlias = Callable[[], Chimeric]
"""Makes the client of an actor, in the actor."""


class Job:
    """A job as every actor is given it.

    Attributes:
        model: what ``generate`` takes.
        prompt: a column, or what makes messages of a row.
        output: the column of the answers, and the beginning of the names of its others.
        key: the column that names a row, where there is a checkpoint.
        per_actor: streams that an actor has under way.
        checkpoint: a path or URI, or None.
        make_client: makes the client, in the actor.
        params: of ``generate``.
        schema: JSON schema of structured answers, or None.
    """

    def __init__(
        self,
        *,
        model: str,
        prompt: Prompt,
        output: str,
        key: str | None,
        per_actor: int,
        checkpoint: str | None,
        make_client: MakeClient,
        params: Mapping[str, Any],
    ) -> None:
        self.model = model
        self.prompt = prompt
        self.output = output
        self.key = key
        self.per_actor = per_actor
        self.checkpoint = checkpoint
        self.make_client = make_client
        self.params = dict(params)
        self.schema: dict[str, Any] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled: the type of the answers in a form of its own."""
        params = dict(self.params)
        form = params.pop("response_format", None)
        carried = None if form is None else dumps(form)
        return {**self.__dict__, "params": params, "carried": carried}

    def __setstate__(self, state: dict[str, Any]) -> None:
        carried = state.pop("carried")
        self.__dict__.update(state)
        if carried is not None:
            self.params["response_format"] = pickle.loads(carried)  # noqa: S301 - of the driver

    def messages(self, row: dict[str, Any]) -> Any:
        """What is asked for a row.

        Raises:
            ValueError: where the row says nothing.
        """
        if callable(self.prompt):
            found = self.prompt(row)
        else:
            found = _without_nulls(row[self.prompt])
        if found is None or found == [] or found == "":
            raise ValueError("the row has no prompt")
        return found


def _without_nulls(value: Any) -> Any:
    """A value of a column as somebody would have written it: Arrow fills missing fields up."""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {name: _without_nulls(part) for name, part in fields.items() if part is not None}
    if isinstance(value, list):
        return [_without_nulls(part) for part in cast("list[object]", value)]
    return value
