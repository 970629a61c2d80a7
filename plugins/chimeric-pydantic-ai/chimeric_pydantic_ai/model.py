"""A model of pydantic-ai that asks a client of Chimeric."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from functools import cached_property
from typing import Any

from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import (
    Model,
    ModelRequestParameters,
    StreamedResponse,
    check_allow_model_requests,
)
from pydantic_ai.native_tools import SUPPORTED_NATIVE_TOOLS, AbstractNativeTool
from pydantic_ai.profiles import ModelProfile, ModelProfileSpec, merge_profile
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import RunContext
from pydantic_ai.usage import RequestUsage

from chimeric import Chimeric, CompletionResponse, StructuredOutputError

from .answers import FINISH, details_of, parts_of_answer, usage_of
from .errors import translated
from .history import messages_of
from .native_tools import NativeForms, native_tools_of
from .settings import params_of, tools_of
from .state import stored
from .streaming import ChimericStreamedResponse

__all__ = ["ChimericModel"]

PROFILE = ModelProfile(
    supports_json_schema_output=True,
    supports_image_output=True,
    supports_thinking=True,
    supports_inline_system_prompts=True,
)
"""What Chimeric carries; what a model cannot take, the client tells or refuses."""


class ChimericModel(Model[Any]):
    """Any model that a client reaches, for an agent.

    Middleware, retries, limits, fallbacks and endpoints are the client's; tools, their retries and
    the output are the agent's. Requests of agents are asynchronous, so close the client with
    ``aclose()``; one client serves several event loops, one after the other or at once.

    Args:
        client: asks the provider.
        model: as for ``Chimeric.generate``: ``"gpt-5.4"``, ``"anthropic:claude-sonnet-4-5"``,
            ``"eu:gpt-4o"``.
        native_tools: forms of the tools that the provider runs by itself, such as
            ``OPENAI_TOOLS``; without, an agent that has some is refused.
        settings: the model's own settings; those of agents and runs win.
        profile: changes what pydantic-ai takes for possible.

    Example:
        .. code-block:: python

            model = ChimericModel(Chimeric(), "claude-sonnet-4-5")
            agent = Agent(model, output_type=Recipe)
    """

    def __init__(
        self,
        client: Chimeric,
        model: str,
        *,
        native_tools: NativeForms | None = None,
        settings: ModelSettings | None = None,
        profile: ModelProfileSpec | None = None,
    ) -> None:
        super().__init__(settings=settings, profile=profile)
        self.client = client
        self._model = model
        self._native_tools: NativeForms = native_tools or {}

    @property
    def model_name(self) -> str:
        """The name that the client was asked with."""
        return self._model

    @property
    def system(self) -> str:
        """``chimeric``; who answered is ``provider_name`` of each response."""
        return "chimeric"

    @property
    def provider(self) -> None:
        """None: connections are the client's."""

    @classmethod
    def supported_native_tools(cls) -> frozenset[type[AbstractNativeTool]]:
        """All; an instance has those of its ``native_tools``."""
        return SUPPORTED_NATIVE_TOOLS

    @cached_property
    def profile(self) -> ModelProfile:
        """What pydantic-ai takes for possible."""
        tools = ModelProfile(supported_native_tools=frozenset(self._native_tools))
        return merge_profile(super().profile, tools)

    def _provider_model_profile(self) -> ModelProfile:
        return PROFILE

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """Ask for a whole answer.

        Raises:
            ModelAPIError: for what goes wrong on the way, or at the provider.
            UserError: for a set-up that is wrong.
        """
        call = self._call(messages, model_settings, model_request_parameters)
        generate: Any = self.client.agenerate
        with translated(self._model):
            try:
                answer = await generate(**call)
            except StructuredOutputError as error:
                answer = error.partial  # whether it fits is for the agent to judge
                if answer is None:
                    raise
        return _response(answer)

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncGenerator[StreamedResponse]:
        """Ask for a stream; it is opened when the first content is there.

        Raises:
            ModelAPIError: for what goes wrong before that; later, reading the stream raises it.
            UserError: for a set-up that is wrong.
        """
        call = self._call(messages, model_settings, model_request_parameters)
        with translated(self._model):
            stream = await self.client.agenerate(**call, stream=True)
        async with stream:
            with translated(self._model), suppress(StructuredOutputError):
                await stream.until_content()
            provider: str | None = stream.response.metadata.get("provider")
            yield ChimericStreamedResponse(
                model_request_parameters=model_request_parameters,
                _stream=stream,
                _asked=self._model,
                _provider=provider,
            )

    async def count_tokens(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> RequestUsage:
        """Ask the provider how many tokens a request has.

        Raises:
            UserError: where the provider does not count.
        """
        call = self._call(messages, model_settings, model_request_parameters)
        with translated(self._model):
            return RequestUsage(input_tokens=await self.client.acount_tokens(**call))

    def _call(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> dict[str, Any]:
        check_allow_model_requests()
        settings, asked = self.prepare_request(model_settings, model_request_parameters)
        settings = settings or {}
        tools, choice = tools_of(settings, asked)
        native = native_tools_of(asked.native_tools, self._native_tools)
        instructions = self._get_instruction_parts(messages, asked) or []
        call: dict[str, Any] = {
            "model": self._model,
            "messages": messages_of(messages, [part.content for part in instructions]),
            "tools": [*tools, *native],
            "auto_tool": False,
            **params_of(settings, asked),
        }
        if choice is not None:
            call["tool_choice"] = choice
        return call


def _response(response: CompletionResponse) -> ModelResponse:
    provider = response.metadata.get("provider")
    parts = parts_of_answer(response, provider)
    return ModelResponse(
        parts=parts,
        usage=usage_of(response.usage),
        model_name=response.model,
        provider_name=provider,
        provider_response_id=response.metadata.get("id"),
        provider_details={**details_of(response), **stored(response, parts)},
        finish_reason=FINISH.get(response.finish_reason),
        state="suspended" if response.finish_reason == "pause" else "complete",
    )
