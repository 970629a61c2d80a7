"""LangChain's own standard tests, against the simulator."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

pytest.importorskip("langchain_tests", reason="LangChain's standard tests are not installed")

from chimeric_langchain import ChatChimeric
from chimeric_sim import Simulator
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_tests.integration_tests import ChatModelIntegrationTests, chat_models
from langchain_tests.unit_tests import ChatModelUnitTests

from chimeric import Chimeric

NAMES = ("openai", "anthropic")


@pytest.fixture(scope="module", autouse=True)
def service() -> Iterator[Simulator]:
    with Simulator() as simulator:
        Served.client = Chimeric(
            api_keys=dict.fromkeys(NAMES, "any"),
            base_urls={name: simulator.base_url(name) for name in NAMES},
        )
        yield simulator
        Served.client.close()


PICTURE = base64.b64decode("/9j/4AAQSkZJRgABAQAAAQABAAD/2Q==")


class Downloads:
    """What LangChain's tests download from the internet, without it."""

    @staticmethod
    def get(url: str, **_: Any) -> httpx.Response:
        content = b"%PDF-1.4" if url.endswith(".pdf") else PICTURE
        return httpx.Response(200, content=content, request=httpx.Request("GET", url))


@pytest.fixture(autouse=True)
def downloads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_models, "httpx", Downloads)


class Served:
    client: Chimeric | None = None
    asked = "openai:gpt-4o"

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatChimeric

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": self.asked, "client": self.client}


class TestUnit(Served, ChatModelUnitTests):
    """Needs no service."""


class Standard(Served, ChatModelIntegrationTests):
    supports_image_inputs = True
    supports_image_urls = True
    supports_pdf_inputs = True
    supports_json_mode = False  # without a schema the simulator answers JSON of its own
    supports_image_tool_message = True
    supports_pdf_tool_message = True
    model_override_value = "gpt-4.1"

    @pytest.mark.xfail(reason="the simulator makes up arguments; test_chat.py has the same test")
    def test_unicode_tool_call_integration(self, model: BaseChatModel, **_: Any) -> None:
        super().test_unicode_tool_call_integration(model)

    @property
    def supported_usage_metadata_details(self) -> dict[Any, Any]:
        return {"invoke": [], "stream": []}


class TestResponses(Standard):
    """OpenAI's Responses API."""

    @property
    def supported_usage_metadata_details(self) -> dict[Any, Any]:
        return {"invoke": ["reasoning_output"], "stream": ["reasoning_output"]}

    def invoke_with_reasoning_output(self, *, stream: bool = False) -> AIMessage:
        model = ChatChimeric(model="openai:gpt-5-think", client=self.client, reasoning_effort="low")
        if not stream:
            return model.invoke("Why are there tides?")
        first, *others = model.stream("Why are there tides?")
        return first + others


class TestMessages(Standard):
    """Anthropic's Messages API."""

    asked = "anthropic:claude-sonnet-4-5"
    model_override_value = "claude-haiku-4-5"
    supports_anthropic_inputs = True

    @pytest.mark.xfail(
        raises=ModelInvalidRequestError,
        reason="it sends a signature of the real service's, and the simulator checks its own",
    )
    def test_anthropic_inputs(self, model: BaseChatModel) -> None:
        super().test_anthropic_inputs(model)


class TestChatCompletions(Standard):
    """OpenAI's chat completions."""

    supports_image_tool_message = False  # its tool results are text
    supports_pdf_tool_message = False
    supports_audio_inputs = True

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {**super().chat_model_params, "params": {"api": "chat_completions"}}
