"""Bedrock's requests, judged by the service's own description in botocore."""

from __future__ import annotations

import binascii
import functools
from base64 import b64decode
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.validate import ParamValidator

__all__ = ["Converse"]


class Converse:
    """Judges a body by the members of an operation: unknown ones, missing ones, types, unions.

    Args:
        operation: its name in the description, such as ``Converse``.
    """

    def __init__(self, operation: str = "Converse") -> None:
        self._operation = operation

    @functools.cached_property
    def _shape(self) -> StructureShape:
        service = botocore.session.get_session().get_service_model("bedrock-runtime")
        shape: StructureShape = service.operation_model(self._operation).input_shape
        return shape

    def __call__(self, body: Any) -> list[str]:
        try:
            said = {**with_bytes(body, self._shape), "modelId": "m"}
        except (binascii.Error, ValueError) as error:
            return [f"no base64: {error}"]
        report = ParamValidator().validate(said, self._shape).generate_report()
        return [line for line in report.splitlines() if line] + several(body, self._shape, "")


def with_bytes(value: Any, shape: Shape) -> Any:
    """The parameters of the SDK for a body of the wire: only bytes differ."""
    if shape.type_name == "blob" and isinstance(value, str):
        return b64decode(value, validate=True)
    if isinstance(shape, StructureShape) and isinstance(value, dict) and not is_document(shape):
        members = shape.members
        return {k: with_bytes(v, members[k]) if k in members else v for k, v in value.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [with_bytes(item, shape.member) for item in value]
    return value


def several(value: Any, shape: Shape, place: str) -> list[str]:
    """A union has one member; enumerations have their words. The SDK leaves both to the service."""
    if isinstance(shape, ListShape) and isinstance(value, list):
        pairs = enumerate(value)
        return [found for n, v in pairs for found in several(v, shape.member, f"{place}[{n}]")]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        pairs_of = value.items()
        return [found for k, v in pairs_of for found in several(v, shape.value, f"{place}.{k}")]
    if isinstance(shape, StructureShape) and isinstance(value, dict) and not is_document(shape):
        wrong = [f"{place}: one member, not {sorted(value)}"] if is_union(shape, value) else []
        for key, member in value.items():
            if key in shape.members:
                wrong += several(member, shape.members[key], f"{place}.{key}")
        return wrong
    words = getattr(shape, "enum", None)
    return [f"{place}: {value!r} is none of {words}"] if words and value not in words else []


def is_union(shape: StructureShape, value: dict[str, Any]) -> bool:
    return bool(shape.is_tagged_union) and len(value) != 1


def is_document(shape: StructureShape) -> bool:
    return bool(shape.is_document_type)
