"""Errors as services word them that do not have OpenAI's form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from chimeric_dialects.openai.errors import openai_error, openai_headers, openai_refusal
from chimeric_dialects.problems import Problem
from chimeric_dialects.replies import Reply, json_reply

__all__ = ["BEHIND", "REFUSALS"]


_MISTRAL_TYPES = {
    "3230": "invalid_request_message_order",
    "3240": "invalid_request_message_order",
    "3280": "invalid_function_call",
}


def mistral_refusal(problem: Problem) -> Reply:
    """``{"object": "error", ...}``; what its schema does not know is a 422 with the place.

    A model that it does not have is a 400 (https://github.com/mistralai/mistral-vibe/issues/617).
    """
    if _is_unknown_model(problem):
        wrong = {"message": f"Invalid model: {problem.message}", "type": "invalid_model"}
        told = {"object": "error", **wrong, "param": None, "code": "1500"}
        return json_reply(400, told, openai_headers())
    told = openai_error(problem)["error"]
    status = problem.status or openai_refusal(problem).status
    body: dict[str, Any] = {"object": "error", "message": told["message"], "param": None}
    if problem.code == "extra_forbidden":
        where = ["body", *problem.message.split(".")]
        fault = {"type": problem.code, "loc": where, "msg": "Extra inputs are not permitted"}
        body |= {"message": {"detail": [fault]}, "type": "invalid_request_error", "code": None}
    else:
        kind = _MISTRAL_TYPES.get(problem.code or "", told["type"])
        body |= {"type": kind, "code": problem.code}
    return json_reply(status, body, openai_headers())


def xai_refusal(problem: Problem) -> Reply:
    """``{"code": ..., "error": "..."}``: a text, no object. A wrong key is a 400.

    Source: https://docs.x.ai/docs/debugging.
    """
    status = 400 if problem.kind == "bad_key" else openai_refusal(problem).status
    told = openai_error(problem)["error"]["message"]
    codes = {400: "Client specified an invalid argument", 410: "The requested feature is retired"}
    code = codes.get(status, "Some error")
    return json_reply(status, {"code": code, "error": told}, openai_headers())


def cerebras_refusal(problem: Problem) -> Reply:
    """Flat: no ``error`` around it."""
    status, told = _read(problem)
    kind = {429: "too_many_requests_error", 500: "server_error"}.get(status, told["type"])
    code = {401: "wrong_api_key", 429: "request_quota_exceeded"}.get(status, told["code"])
    body = {"message": told["message"], "type": kind, "param": told["param"], "code": code}
    return json_reply(status, body, openai_headers())


_MOONSHOT = {
    401: "incorrect_api_key_error",
    404: "resource_not_found_error",
    429: "rate_limit_reached_error",
    503: "engine_overloaded_error",
}


def moonshot_refusal(problem: Problem) -> Reply:
    """No code: the type is one. What is overloaded is a 429, too."""
    status, told = _read(problem)
    error = {"message": told["message"], "type": _MOONSHOT.get(status, told["type"])}
    return json_reply(429 if status == 503 else status, {"error": error}, openai_headers())


_ZAI = {401: "1002", 404: "1211", 429: "1302", 500: "500", 503: "1305"}


def zai_refusal(problem: Problem) -> Reply:
    """Codes of four digits; a used-up quota and a rate are both 429 (its page of error codes)."""
    status, told = _read(problem)
    error = {"code": _ZAI.get(status, "1210"), "message": told["message"]}
    return json_reply(429 if status == 503 else status, {"error": error}, openai_headers())


def deepseek_refusal(problem: Problem) -> Reply:
    """OpenAI's form; a model that it does not have is a 400 without its name.

    Source: https://github.com/deepwn/addi/issues/13.
    """
    if not _is_unknown_model(problem):
        return openai_refusal(problem)
    kind = "invalid_request_error"
    error = {"message": "Model Not Exist", "type": kind, "param": None, "code": kind}
    return json_reply(400, {"error": error}, openai_headers())


def perplexity_refusal(problem: Problem) -> Reply:
    """The code is the status (Portkey's reader of it). A model that it does not have is a 400.

    Source: https://github.com/FerroxLabs/wayland/issues/603.
    """
    status, told = _read(problem)
    if _is_unknown_model(problem):
        status = 400
        page = "the documentation at https://docs.perplexity.ai/docs/getting-started/models"
        words = f"Invalid model {problem.message!r}. Permitted models can be found in {page}."
        told |= {"message": words, "type": "invalid_model"}
    error = {"message": told["message"], "type": told["type"], "code": status}
    return json_reply(status, {"error": error}, openai_headers())


def huggingface_refusal(problem: Problem) -> Reply:
    """A text (huggingface_hub's reader of it)."""
    status, told = _read(problem)
    return json_reply(status, {"error": told["message"]}, openai_headers())


def openrouter_refusal(problem: Problem) -> Reply:
    """The code is the status; what a provider behind said stands in ``metadata``.

    A model that it does not have is a 400
    (https://github.com/OpenRouterTeam/openrouter-examples/issues/74).
    """
    status, told = _read(problem)
    if _is_unknown_model(problem):
        status, told["message"] = 400, f"{problem.message} is not a valid model ID"
    error: dict[str, Any] = {"message": told["message"], "code": status}
    if problem.code == BEHIND:
        inner = {"type": "invalid_request_error", "message": problem.message}
        raw = msgspec.json.encode({"type": "error", "error": inner}).decode()
        metadata = {"raw": raw, "provider_name": "Anthropic"}
        error |= {"message": "Provider returned error", "metadata": metadata}
    return json_reply(status, {"error": error, "user_id": "user_sim"}, openai_headers())


BEHIND = "behind"
"""The code of a problem that is the provider's behind a router."""


def _is_unknown_model(problem: Problem) -> bool:
    return problem.kind == "unknown_model" and problem.status is None


def _read(problem: Problem) -> tuple[int, dict[str, Any]]:
    return openai_refusal(problem).status, openai_error(problem)["error"]


REFUSALS: Mapping[str, Callable[[Problem], Reply]] = {
    "cerebras": cerebras_refusal,
    "deepseek": deepseek_refusal,
    "huggingface": huggingface_refusal,
    "mistral": mistral_refusal,
    "moonshot": moonshot_refusal,
    "openrouter": openrouter_refusal,
    "perplexity": perplexity_refusal,
    "xai": xai_refusal,
    "zai": zai_refusal,
}
"""By the service; all others have OpenAI's form."""
