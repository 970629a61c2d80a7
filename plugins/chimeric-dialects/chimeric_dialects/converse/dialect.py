"""Converse as a protocol."""

from __future__ import annotations

import re
import uuid
from typing import Any
from urllib.parse import unquote

from chimeric_dialects.answers import Answer
from chimeric_dialects.dialect import Dialect
from chimeric_dialects.ids import make_id
from chimeric_dialects.json_values import child
from chimeric_dialects.parts import ServerTool
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt
from chimeric_dialects.replies import Reply
from chimeric_dialects.requests import Request
from chimeric_dialects.service import Service

from .encoder import ConverseEncoder
from .errors import converse_refusal
from .reader import read_prompt
from .sigv4 import Signed, is_signed_by, read_signature

__all__ = ["Converse"]


_PATH = re.compile(r"^/model/(?P<model>[^/]+)/(?P<method>converse|converse-stream)$")


_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details."
)


class Converse(Dialect):
    """``POST /model/{id}/converse`` and ``/converse-stream``."""

    path = "/model/{id}/{method}"
    stream_type = "application/vnd.amazon.eventstream"
    call_ids = ("tooluse_", 22)

    def serves(self, request: Request) -> bool:
        return _PATH.match(request.target.partition("?")[0]) is not None

    def key(self, request: Request) -> str | None:
        given = request.headers.get("authorization", "")
        if not given or given.lower().startswith("bearer "):
            return request.bearer
        return _signature(request).key

    def authenticate(self, request: Request, service: Service) -> None:
        key = self.key(request)
        secret = service.secret_of(key)
        if secret is None:
            service.check_key(key)
        elif not is_signed_by(request, _signature(request), secret):
            raise Problem("permission", _MISMATCH)

    def extras(self, body: dict[str, Any]) -> dict[str, Any]:
        # The AWS SDKs let nothing unknown pass but this object.
        return child(body, "additionalModelRequestFields")

    def id_headers(self) -> dict[str, str]:
        return {"x-amzn-requestid": str(uuid.uuid4())}

    def server_tool_id(self, prompt: Prompt, tool: ServerTool) -> str:
        return make_id(*self.call_ids)

    def goes_on(self, request: Request, prompt: Prompt) -> bool:
        return "claude" in prompt.model_id

    def encoder(self, prompt: Prompt, answer: Answer, service: Service) -> ConverseEncoder:
        return ConverseEncoder(answer)

    def _read(self, request: Request, body: dict[str, Any], service: Service) -> Prompt:
        found = _PATH.match(request.target.partition("?")[0])
        if found is None:
            raise Problem("not_found", "no such operation")
        model = unquote(found["model"])
        model_id = model.rpartition("/")[2] if model.startswith("arn:") else model
        service.check_model(model_id)
        prompt = read_prompt(body, model, service)
        prompt.model_id = model_id
        prompt.stream = found["method"] == "converse-stream"
        return prompt

    def _refuse(self, problem: Problem) -> Reply:
        return converse_refusal(problem)


def _signature(request: Request) -> Signed:
    signed = read_signature(request.headers.get("authorization", ""))
    if signed is None:
        message = "Authorization header requires 'Credential', 'Signature' and 'SignedHeaders'."
        raise Problem("permission", message)
    if "x-amz-date" not in request.headers:
        raise Problem("permission", "Authorization header requires an 'X-Amz-Date' header.")
    return signed
