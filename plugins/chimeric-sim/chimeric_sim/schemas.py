"""JSON schemas: values that fit them, and values that do not."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from typing import Any

from chimeric_dialects.json_values import child, is_array, is_object
from chimeric_dialects.openai import strict_complaint

__all__ = ["Sampler", "misfit", "schema_in", "strict_complaint"]

_FORMATS = {
    "date": "2026-11-22",
    "date-time": "2026-11-22T12:00:00Z",
    "time": "12:00:00Z",
    "duration": "P3D",
    "email": "amara@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "uuid": "6f1c2d3e-4a5b-4c6d-8e7f-901234567890",
}
_DEEP = 5
_TRIES = 50


class Sampler:
    """Makes values for a schema. Words and numbers of the prompt are used where they fit.

    ``skip`` leaves out the first of these, so that a second call asks about something else.

    Example:
        >>> schema = {"type": "object", "properties": {"x": {"type": "integer"}}}
        >>> Sampler(schema, random.Random(1), "Add 2 and 3").value()
        {'x': 2}
    """

    def __init__(
        self, schema: Mapping[str, Any], rng: random.Random, prompt: str, *, skip: int = 0
    ) -> None:
        self._root = schema
        self._random = rng
        self._numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", prompt)[skip:]]
        self._names = re.findall(r"(?<=[a-z,:] )[A-Z][a-z]+(?: [A-Z][a-z]+)*", prompt)[skip:]

    def value(self) -> Any:
        """A value that fits."""
        return self._make(self._root, "value", 0)

    def _make(self, schema: Any, name: str, depth: int) -> Any:
        schema = self._resolve(schema)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return self._random.choice(schema["enum"])
        for key in ("anyOf", "oneOf"):
            if schema.get(key):
                return self._make(self._alternative(schema[key], depth), name, depth)
        kind = schema.get("type")
        if is_array(kind):
            kind = next((k for k in kind if k != "null"), "null")
        if kind is None:
            kind = "object" if "properties" in schema else "string"
        # Vertex-style schemas have their types in upper case.
        match str(kind).lower():
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "string":
                return self._string(schema, name)
            case "number" | "integer":
                return self._number(schema)
            case "boolean":
                return self._random.random() < 0.5
            case _:
                return None

    def _resolve(self, schema: Any) -> dict[str, Any]:
        for _ in range(20):
            if not is_object(schema):
                return {}
            reference = schema.get("$ref")
            if not isinstance(reference, str):
                break
            target: Any = self._root
            for step in reference.removeprefix("#").strip("/").split("/"):
                if step:
                    target = child(target, step.replace("~1", "/").replace("~0", "~"))
            schema = target
        merged: dict[str, Any] = dict(schema)
        for inner in merged.pop("allOf", None) or ():
            more = self._resolve(inner)
            properties = {**child(merged, "properties"), **child(more, "properties")}
            required: list[str] = [*merged.get("required", ()), *more.get("required", ())]
            merged = {**more, **merged, "properties": properties, "required": required}
        return merged

    def _alternative(self, schemas: list[Any], depth: int) -> Any:
        if depth > _DEEP and any(self._resolve(s).get("type") == "null" for s in schemas):
            return {"type": "null"}  # what is required and optional at once may contain itself
        usable = [s for s in schemas if self._resolve(s).get("type") != "null"]
        return usable[0] if usable else {"type": "null"}

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        required: set[str] = set(schema.get("required") or ())
        return {
            key: self._make(inner, key, depth + 1)
            for key, inner in child(schema, "properties").items()
            if key in required or depth < _DEEP
        }

    def _array(self, schema: dict[str, Any], name: str, depth: int) -> list[Any]:
        if schema.get("prefixItems"):
            return [self._make(s, name, depth + 1) for s in schema["prefixItems"]]
        least = int(schema.get("minItems", 0))
        most = int(schema.get("maxItems", max(least, 2)))
        size = least if depth >= _DEEP else min(max(least, 2), most)
        made: list[Any] = []
        for _ in range(20 * size):
            value = self._make(schema.get("items", {"type": "string"}), name, depth + 1)
            if not (schema.get("uniqueItems") and value in made):
                made.append(value)
            if len(made) == size:
                break
        return made

    def _string(self, schema: dict[str, Any], name: str) -> str:
        if schema.get("format") in _FORMATS:
            return _FORMATS[schema["format"]]
        text = self._names.pop(0) if self._names else f"{name} {self._random.randint(1, 99)}"
        least = int(schema.get("minLength", 0))
        if len(text) < least:
            text = (text + " and more" * least)[:least]
        return text[: schema.get("maxLength")]

    def _number(self, schema: dict[str, Any]) -> float:
        whole = str(schema.get("type")).lower() == "integer"
        value = self._numbers.pop(0) if self._numbers else float(self._random.randint(1, 40))
        step = schema.get("multipleOf", 1 if whole else None)
        low = schema.get("minimum", schema.get("exclusiveMinimum"))
        high = schema.get("maximum", schema.get("exclusiveMaximum"))
        margin = step or 0.5
        if high is not None and value >= high:
            value = high - (0 if "maximum" in schema else margin)
        if low is not None and value <= low:
            value = low + (0 if "minimum" in schema else margin)
        if step:
            value = (value // step) * step
            if low is not None and value < low:
                value += step
        return int(value) if float(value).is_integer() else value


def misfit(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments that break a schema: a required property is missing, the others are wrong."""
    properties: Mapping[str, Any] = child(schema, "properties")
    required: list[str] = list(schema.get("required") or [])
    wrong: dict[str, Any] = {
        key: {"not": "what was asked for"} for key in list(properties) if key not in required[:1]
    }
    return {**wrong, "surprise": True}


def schema_in(text: str) -> dict[str, Any] | None:
    """The first JSON schema of an object that stands in a text.

    Clients write it there for models that take no schema, and say that JSON is wanted: LangChain's
    ``json_mode``, pydantic-ai's ``PromptedOutput``, instructor's ``Mode.JSON``.

    Example:
        >>> schema_in('Answer as JSON: {"properties": {"x": {"type": "integer"}}}.')
        {'properties': {'x': {'type': 'integer'}}}
    """
    if '"properties"' not in text or "json" not in text.lower():
        return None
    place, decoder = -1, json.JSONDecoder()
    for _ in range(_TRIES):
        place = text.find("{", place + 1)
        if place < 0:
            return None
        try:
            found, end = decoder.raw_decode(text, place)
            if is_object(found) and all(map(is_object, found["properties"].values())):
                Sampler(found, random.Random(0), "").value()  # noqa: S311 - no secret
                return found
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
            continue
        place = end - 1
    return None
