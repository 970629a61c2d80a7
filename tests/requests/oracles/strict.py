"""Types of an SDK as a judge of JSON: nothing is converted, and no key may be unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import SchemaValidator

__all__ = ["Oracle", "Strict"]

Oracle = Callable[[Any], list[str]]
"""Says what is wrong with the body of a request, a sentence each."""

Node = dict[str, Any]
OPAQUE = frozenset({"metadata", "serialization", "cls", "default", "config"})
FORMS = frozenset({"typed-dict", "model-fields"})
UNWRAPPED = frozenset({"function-after", "nullable"})
REPAIRS = frozenset({"function-before", "function-wrap", "model"})


class Strict:
    """What a type takes, and nothing else: its complaints about a body are sentences.

    A ``TypedDict`` or model of an SDK is made for people who write Python, and forgives what a
    service may not. Here unknown keys are forbidden at every depth, a field has its name of the
    wire alone, an ``Iterable`` is read to its end, a string is no number, a constant that a model
    fills in by itself has to be there, and of a union only the members count that a caller sends:
    not answers read before, not those for what the SDK does not know.

    Args:
        form: a ``TypedDict``, a pydantic model, or a union of them.

    Example:
        .. code-block:: python

            judge = Strict(CompletionCreateParams)
            assert judge({"model": "gpt-4o", "messages": []}) == []
    """

    def __init__(self, form: Any) -> None:
        config = ConfigDict(arbitrary_types_allowed=True)
        schema: Node = dict(TypeAdapter(tuple[form], config=config).core_schema)
        self._named = {d["ref"]: d for d in schema.get("definitions", ())}
        self._validator = SchemaValidator(self._strict(schema))

    def __call__(self, body: Any) -> list[str]:
        try:
            self._validator.validate_json(msgspec.json.encode([body]), strict=True)
        except ValidationError as error:
            return complaints(error)
        return []

    def _strict(self, node: Any) -> Any:
        """The same schema, forgiving nothing. The given one is the SDK's, and is kept."""
        if isinstance(node, (list, tuple)):
            return type(node)(self._strict(item) for item in node)
        if not isinstance(node, dict) or not isinstance(node.get("type"), str):
            return node
        kind = node["type"]
        if kind in REPAIRS:
            named = {"ref": node["ref"]} if "ref" in node else {}
            return self._strict({**node["schema"], **named})
        if kind == "union":
            node = self._tagged({**node, "choices": self._sent(node["choices"])})
        made = {k: v if k in OPAQUE else self._strict(v) for k, v in node.items()}
        if kind == "tagged-union":
            made["choices"] = {tag: self._strict(c) for tag, c in node["choices"].items()}
        if isinstance(node.get("fields"), dict):
            made["fields"] = {name: self._strict(field) for name, field in node["fields"].items()}
        return CHANGES.get(kind, dict)(made)

    def _sent(self, choices: list[Any]) -> list[Any]:
        """The members of a union that a caller sends."""
        members = [(c, self._resolved(c[0] if isinstance(c, tuple) else c)) for c in choices]
        kinds = {member["type"] for _, member in members}
        return [
            (choice, member["cls"].__name__) if "cls" in member else choice
            for choice, member in members
            if not ("model" in kinds and takes_all(member))
            and not ("literal" in kinds and member["type"] == "any")
            and not ("typed-dict" in kinds and self._is_model(member))
        ]

    def _tagged(self, union: Node) -> Node:
        """The union with those members behind one discriminator that have one.

        The same is taken and refused; but the complaints are those of the member that was meant,
        and they come in a fraction of the time.
        """
        for key in ("type", "role"):
            tagged: dict[Any, list[Any]] = {}
            others: list[Any] = []
            for choice in union["choices"]:
                words = self._words(choice, key)
                for word in words:
                    form = choice[0] if isinstance(choice, tuple) else choice
                    tagged.setdefault(word, []).append(form)
                if not words:
                    others.append(choice)
            if len(tagged) > 1:
                choices = {
                    word: found[0] if len(found) == 1 else {"type": "union", "choices": found}
                    for word, found in tagged.items()
                }
                inner = {"type": "tagged-union", "discriminator": key, "choices": choices}
                return {**union, "choices": [inner, *others]}
        return union

    def _words(self, choice: Any, key: str) -> list[Any]:
        """The constants of a member's field that must be there."""
        member = self._resolved(choice[0] if isinstance(choice, tuple) else choice)
        while member["type"] in REPAIRS:
            member = self._resolved(member["schema"])
        field = member.get("fields", {}).get(key) if member["type"] in FORMS else None
        if field is None:
            return []
        field = required_constant(field)
        if not field.get("required", field["type"] == "model-field"):
            return []
        schema = field["schema"]
        while schema["type"] in UNWRAPPED:
            schema = schema["schema"]
        return list(schema["expected"]) if schema["type"] == "literal" else []

    def _resolved(self, node: Node) -> Node:
        while node["type"] in ("definition-ref", "definitions"):
            node = self._named[node["schema_ref"]] if "schema_ref" in node else node["schema"]
        return node

    def _is_model(self, node: Node) -> bool:
        if node["type"] == "union":
            return all(self._is_model(self._resolved(choice)) for choice in node["choices"])
        return bool(node["type"] == "model")


def takes_all(member: Mapping[str, Any]) -> bool:
    if member["type"] == "dict":
        return bool(member.get("values_schema", {"type": "any"})["type"] == "any")
    return member["type"] == "model" and member["cls"].__name__.startswith("Unknown")


def closed(node: Node) -> Node:
    kept = {k: v for k, v in node.items() if k not in ("extras_schema", "extras_keys_schema")}
    return {**kept, "extra_behavior": "forbid"}


def as_list(node: Node) -> Node:
    """An iterator of pydantic's is read when somebody asks for its items; nobody does here."""
    return {"type": "list", "items_schema": node.get("items_schema", {"type": "any"})}


def words(node: Node) -> Node:
    """An enumeration that makes a member of any word has no judgement; its words have."""
    named = {"ref": node["ref"]} if "ref" in node else {}
    return {"type": "literal", "expected": [member.value for member in node["members"]], **named}


def required_constant(node: Node) -> Node:
    """What a model fills in by itself (``type="text"``) has to be in JSON."""
    schema = node["schema"]
    constant = schema["type"] == "default" and isinstance(schema.get("default"), str)
    return {**node, "schema": schema["schema"]} if constant else node


CHANGES: dict[str, Callable[[Node], Node]] = {
    "model-fields": closed,
    "model-field": required_constant,
    "typed-dict": closed,
    "enum": words,
    "generator": as_list,
}


def complaints(error: ValidationError) -> list[str]:
    """What is wrong, without what is wrong with the members of a union that nobody meant."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    others = [e["loc"][:-1] for e in found if e["type"] in ("literal_error", "missing")]
    kinds = [e["loc"][:-1] for e in found if e["type"].endswith("_type")]
    meant = [
        e
        for e in found
        if not any(o and e["loc"][: len(o)] == o for o in others) and e["loc"][:-1] not in kinds
    ]
    deepest = max(len(e["loc"]) for e in found)
    shown = meant or [e for e in found if len(e["loc"]) == deepest]
    return [f"{'.'.join(map(short, e['loc'][1:]))}: {e['msg']}" for e in shown]


def short(step: int | str) -> str:
    return str(step).partition("[")[0]
