"""AWS on loopback: whoever gives credentials, and a model that answers whoever signs."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from chimeric_testing import LoopbackServer, Pause, SeenRequest, Step

__all__ = ["ANSWER", "Amazon", "key_ids", "reply", "written"]

ANSWER = {
    "output": {"message": {"role": "assistant", "content": [{"text": "ok"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
}
ROLE = "arn:aws:iam::123456789012:role/speaker"


def reply(status: int, body: Any, **headers: str) -> bytes:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {"content-type": "application/json", **headers, "content-length": str(len(data))}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in told.items())
    return f"HTTP/1.1 {status} X\r\n{lines}\r\n".encode() + data


def written(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return str(path)


def key_ids(requests: Iterable[SeenRequest]) -> list[str]:
    """The key ids that requests are signed with."""
    signed = (request.headers.get("authorization", "") for request in requests)
    found = (re.search("Credential=([^/]+)/", header) for header in signed)
    return [match[1] if match else "" for match in found]


class Amazon:
    """Answers by path: models, STS, the portal of SSO, containers' and instances' credentials.

    Attributes:
        lasts: seconds that what it gives is good for.
        takes: seconds that it takes to give some.
        given: what asked for credentials, in order.
        models: requests of models.
        refused: key ids that the models call expired.
        failure: what is answered in place of credentials.
    """

    def __init__(self) -> None:
        self.lasts = 3600.0
        self.takes = 0.0
        self.given: list[str] = []
        self.asked: list[SeenRequest] = []
        self.models: list[SeenRequest] = []
        self.refused: set[str] = set()
        self.failure: bytes | None = None
        self._lock = threading.Lock()
        self.server = LoopbackServer(self._handle)
        self.url = self.server.url

    def _handle(self, request: SeenRequest) -> Iterable[Step]:
        path = request.path.partition("?")[0]
        if path.startswith("/model/"):
            self.models.append(request)
            if key_ids([request])[0] in self.refused:
                told = {"message": "The security token included in the request is expired"}
                yield reply(403, told, x_amzn_errortype="ExpiredTokenException")
            else:
                yield reply(200, ANSWER)
            return
        if path == "/latest/api/token":
            yield reply(200, b"token-of-the-instance")
            return
        if path.endswith("/security-credentials/"):
            yield reply(200, b"role-of-the-instance")
            return
        self.asked.append(request)
        keys = self._keys(request)
        if self.takes:
            yield Pause(self.takes)
        yield self.failure or self._form(path, request, keys)

    def _keys(self, request: SeenRequest) -> tuple[str, str, str]:
        form = parse_qs(request.body.decode("utf-8", "replace"))
        with self._lock:
            self.given.append(form["Action"][0] if "Action" in form else request.path)
            number = len(self.given)
        return f"ASIAGIVEN{number}", f"secret-{number}-0123456789", f"session-{number}-0123456789"

    def _form(self, path: str, request: SeenRequest, keys: tuple[str, str, str]) -> bytes:
        key, secret, token = keys
        end = time.time() + self.lasts
        until = datetime.fromtimestamp(end, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        if path == "/federation/credentials":
            told = {"accessKeyId": key, "secretAccessKey": secret, "sessionToken": token}
            return reply(200, {"roleCredentials": {**told, "expiration": int(end * 1000)}})
        if path == "/":
            action = self.given[-1]
            xml = (
                f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
                f"<{action}Result><Credentials><AccessKeyId>{key}</AccessKeyId>"
                f"<SecretAccessKey>{secret}</SecretAccessKey><SessionToken>{token}</SessionToken>"
                f"<Expiration>{until}</Expiration></Credentials><AssumedRoleUser>"
                f"<Arn>{ROLE}/s</Arn><AssumedRoleId>A:s</AssumedRoleId></AssumedRoleUser>"
                f"</{action}Result></{action}Response>"
            )
            return reply(200, xml.encode(), content_type="text/xml")
        told = {"AccessKeyId": key, "SecretAccessKey": secret, "Token": token, "Expiration": until}
        return reply(200, {**told, "Code": "Success", "Type": "AWS-HMAC", "LastUpdated": until})

    def __enter__(self) -> Amazon:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.close()


def profiles(**sections: Mapping[str, str]) -> str:
    """The text of ``~/.aws/config``."""
    return "\n".join(
        f"[{'default' if name == 'default' else f'profile {name}'}]\n"
        + "\n".join(f"{key} = {value}" for key, value in settings.items())
        for name, settings in sections.items()
    )
