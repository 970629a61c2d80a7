"""Parameters arrive with their values, in their units, and change nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from chimeric_testing.asked import Asked
from chimeric_testing.harness import Harness
from chimeric_testing.leaves import leaves, nodes, shown
from chimeric_testing.recorded import is_object

__all__ = ["ParameterChecks"]

VALUES: Final[Mapping[str, tuple[Any, ...]]] = {
    "temperature": (0.25, 0.75, 0.0, 1.0),
    "top_p": (0.375, 0.875),
    "max_tokens": (1777, 33),
    "stop": (["zstop1"], ["zstop1", "zstop2"], "zstop3"),
    "seed": (12345, 0),
}
"""What is tried of each parameter. Zero is a value as any other."""

SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "zcity": {"type": "string", "description": "zabout_city"},
        "zdegrees": {"type": "integer"},
        "zsky": {"type": "string", "enum": ["zclear", "zgrey"]},
    },
    "required": ["zcity", "zdegrees", "zsky"],
    "additionalProperties": False,
}


class ParameterChecks(Harness):
    """Parameters."""

    def test_parameters_are_sent_with_their_values(self) -> None:
        plain = self._ask()
        for name, values in VALUES.items():
            for value in values:
                asked = self._ask(**{name: value})
                what = f"{name}={value!r}"
                if asked.refusal is not None:
                    assert name in str(asked.refusal), f"{what}: {asked.refusal!r}"
                    continue
                if asked.tells(name):
                    continue
                for wanted in value if isinstance(value, list) else [value]:
                    found = len(_at(asked, wanted)) > len(_at(plain, wanted))
                    assert found, f"{what} was not sent, and nothing was told of it"
                self._judge_rest(plain, asked, what)

    def test_an_effort_is_sent_or_told(self) -> None:
        plain = self._ask()
        low, high = (self._ask(reasoning_effort=effort) for effort in ("low", "high"))
        if low.refusal is None and high.refusal is None:
            told = low.tells("effort") or high.tells("effort")
            assert not low.same(high) or told, "efforts are sent alike"
            assert not low.same(plain) or told, "reasoning_effort was lost"

    def test_a_response_format_is_sent_whole(self) -> None:
        asked = self._format("zschema", SCHEMA)
        if not self._taken(asked, "structured_output") or asked.tells("response_format"):
            return
        for token in ("zcity", "zabout_city", "zdegrees", "zsky", "zclear", "zgrey"):
            assert asked.says(token), f"{token} of the schema was lost"
        for node in nodes(asked.body):
            inner = node.value.get("zdegrees") if is_object(node.value) else None
            if is_object(inner):
                kinds = {str(leaf.value).lower() for leaf in leaves(inner)}
                assert "integer" in kinds, f"the type of zdegrees is {kinds}"
        other = self._format("zschema", {**SCHEMA, "required": ["zcity"]})
        told = other.tells("strict", "required", "format")
        assert not other.same(asked) or told, "what the schema requires was not sent"

    def test_a_wish_for_json_is_sent_or_told(self) -> None:
        plain, asked = self._ask(), self._ask(response_format={"type": "json_object"})
        if self._taken(asked, "structured_output"):
            told = asked.tells("response_format", "json")
            assert not asked.same(plain) or told, "response_format was lost"

    def test_parameters_of_the_providers_own_are_sent_or_told(self) -> None:
        asked = self._ask(x_zparam="zvalue", extra_body={"x_zbody": "zextra"})
        for name, value in (("x_zparam", "zvalue"), ("x_zbody", "zextra")):
            assert (asked.says(name) and asked.says(value)) or asked.tells(name), f"{name}: lost"

    def test_a_call_without_parameters_sends_none(self) -> None:
        asked = self._ask()
        assert asked.told == (), "a plain call is told of"
        again = self._ask()
        assert asked.same(again), "the same call is sent otherwise the second time"

    # --- how it is judged ------------------------------------------------------------------------

    def _format(self, name: str, schema: dict[str, Any]) -> Asked:
        form = {"type": "json_schema", "json_schema": {"name": name, "schema": schema}}
        return self._ask(response_format=form)

    def _judge_rest(self, plain: Asked, asked: Asked, what: str) -> None:
        """What stands in a plain request stands in this one; a value in its place is its own."""
        now = {leaf.path: leaf.value for leaf in asked.leaves()}
        for path, value in plain.leaves():
            if value in ({}, []) or path[-1] in self.follows:
                continue
            assert path in now, f"with {what}, {shown(path)} is not sent any more"
            kept = now[path] == value or isinstance(value, (int, float))
            assert kept, f"with {what}, {shown(path)} is {now[path]!r}"


def _at(asked: Asked, value: Any) -> list[Any]:
    """The paths at which a value stands as it is: a whole number is no fraction, 1 no true."""
    return [leaf.path for leaf in asked.leaves() if _is(leaf.value, value)]


def _is(found: Any, value: Any) -> bool:
    if isinstance(found, bytes):
        return isinstance(value, str) and value.encode() in found
    if isinstance(found, str):
        return found == str(value)
    return type(found) is type(value) and found == value
