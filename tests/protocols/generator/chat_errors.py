"""Errors in the middle of chat completions, in all shapes that servers and gateways have."""

from __future__ import annotations

from typing import Any

from .draw import Draw
from .failures import BAD, RATE, Failure, failure
from .telling import PROVIDER_ERRORS, Ended, Failed
from .wire import Event

__all__ = ["error_events"]

SHAPES = (
    "object",
    "object",
    "text beside a type",
    "beside choices",
    "in the choice",
    "flat",
    "flat with object",
    "detail",
    "in a list",
    "http_status_code",
    "errors of Cloudflare",
    "problem of RFC 9457",
    "error_code of Baidu",
    "base_resp of MiniMax",
)
FORMS = ("data", "data", "data", "bare", "error")


def error_events(draw: Draw, *, document: bool = False) -> list[Event]:
    """An error, and what a server that has failed still sends.

    Args:
        draw: makes the choices.
        document: whether it is the whole answer, so that there is no field around it.
    """
    shape = draw.trait("error shape", SHAPES)
    payload, told = _shaped(draw, shape)
    form = "data" if document or shape == "in the choice" else draw.trait("error form", FORMS)
    event = Event(payload, (told, Ended()), form=form)
    if form == "data" and not document and draw.quirk("error in a named event", 0.2):
        event.name, event.form = "error", "named"
    if document or draw.chance(0.5):
        return [event]
    return [event, Event(b"[DONE]", (Ended(),))]


def _shaped(draw: Draw, shape: str) -> tuple[Any, Failed]:
    error = failure(draw)
    fields, said = error.fields(), error.message
    match shape:
        case "text beside a type":
            return {"error": said, "error_type": "validation"}, Failed(BAD, said)
        case "beside choices":
            empty = {"index": 0, "delta": {"content": ""}, "finish_reason": None}
            return {"error": fields, "choices": draw.one(([], [empty]))}, error.told
        case "in the choice":
            choice = {"index": 0, "delta": {"content": ""}, "finish_reason": "error"}
            return {"id": "c", "choices": [{**choice, "error": fields}]}, error.told
        case "flat":
            return {"object": "error", **fields}, error.told
        case "flat with object":
            code = fields.get("code", 500)
            told = Failed(error.classes if error.code is not None else PROVIDER_ERRORS, said)
            return {"object": "error", **fields, "code": code}, told
        case "detail":
            return {"detail": said}, Failed(PROVIDER_ERRORS, said)
        case "in a list":
            return [{"error": fields}], error.told
        case _:
            return _foreign(shape, error)


def _foreign(shape: str, error: Failure) -> tuple[Any, Failed]:
    """Shapes with a fixed meaning."""
    said = error.message
    match shape:
        case "http_status_code":
            return {"error": {"message": said, "http_status_code": 422}}, Failed(BAD, said)
        case "errors of Cloudflare":
            body = {"errors": [{"message": said, "code": 5006}], "success": False}
            return body, Failed(PROVIDER_ERRORS, said)
        case "problem of RFC 9457":
            return {"status": 429, "title": said}, Failed(RATE, said)
        case "error_code of Baidu":
            return {"error_code": 336100, "error_msg": said}, Failed(PROVIDER_ERRORS, said)
        case "base_resp of MiniMax":
            failed = {"status_code": 1002, "status_msg": said}
            return {"choices": None, "base_resp": failed}, Failed(PROVIDER_ERRORS, said)
        case _:
            return {"error": error.fields()}, error.told
