"""Clients of the service that stands in for Google, and their failures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chimeric import Chimeric, ChimericError

from .conftest import Google

MODEL = "vertex:gemini-2.5-flash"


def written(path: Path, content: Any) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), "utf-8")
    return str(path)


def client_of(google: Google, **settings: Any) -> Chimeric:
    settings = {"vertex_project": "p", "max_retries": 0, **settings}
    return Chimeric(vertex_base_url=google.url, **settings)


def ask(client: Chimeric, **params: Any) -> Any:
    return client.generate(MODEL, "Hi", **params)


def failure(client: Chimeric, **params: Any) -> ChimericError:
    with client, pytest.raises(ChimericError) as caught:
        ask(client, **params)
    return caught.value
