"""A chat model of LangChain that asks a client of Chimeric."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from operator import itemgetter
from typing import Any, Literal, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.base import LangSmithParams
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_json_schema
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import ConfigDict, Field, SecretStr

from chimeric import Chimeric, ResponseFormat, StructuredOutputError, Timeout

from .answers import Chunks, result_of_answer
from .errors import translated
from .messages import messages_of
from .tools import choice_of, tool_of

__all__ = ["ChatChimeric"]

PARAMETERS = (
    "temperature",
    "top_p",
    "max_tokens",
    "seed",
    "reasoning_effort",
    "timeout",
    "max_retries",
)
METHODS = ("json_schema", "function_calling", "json_mode")


class ChatChimeric(BaseChatModel):
    """Any model that a client reaches, for LangChain.

    Middleware, retries, limits, fallbacks and endpoints are the client's. Synchronous methods
    use it synchronously, asynchronous ones asynchronously; it is the caller's to close.

    Attributes:
        model: as for ``Chimeric.generate``: ``"gpt-5.4"``, ``"anthropic:claude-sonnet-4-5"``,
            ``"eu:gpt-4o"``.
        client: asks the provider; without one, a client with keys out of the environment.
        temperature, top_p, max_tokens, seed, reasoning_effort, timeout, max_retries: as for
            ``generate``; ``timeout`` in seconds, or a ``Timeout``.
        stop: texts at which the answer ends.
        api_key, base_url: in place of the client's.
        params: other parameters of the call: ``api``, ``use``, ``user_context``, or a provider's
            own.
        streaming: whether ``invoke`` asks for a stream.
        output_version: ``"v1"`` puts standard content blocks into ``content``.

    Example:
        .. code-block:: python

            model = ChatChimeric(model="claude-sonnet-4-5", max_tokens=200)
            print(model.invoke("Hello").text)
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    model: str
    client: Any = Field(default_factory=Chimeric, exclude=True, repr=False)
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    reasoning_effort: str | None = None
    timeout: float | Timeout | None = None
    max_retries: int | None = None
    stop: list[str] | None = None
    api_key: SecretStr | None = None
    base_url: str | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    streaming: bool = False

    @property
    def _llm_type(self) -> str:
        return "chimeric"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.model, **self._set()}

    def _set(self) -> dict[str, Any]:
        named = {name: getattr(self, name) for name in PARAMETERS}
        return {name: value for name, value in named.items() if value is not None}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        told = super()._get_ls_params(stop=stop or self.stop or None, **kwargs)
        told["ls_provider"] = "chimeric"
        return told

    # --- tools and structured output -------------------------------------------------------------

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | bool | dict[str, Any] | None = None,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The model with these tools.

        Args:
            tools: whatever LangChain takes for a tool; a dict such as ``{"type": "web_search"}``
                is a tool that the provider runs by itself.
            tool_choice: ``"any"``, ``"auto"``, ``"none"``, a tool's name, or a provider's dict.
            strict: whether the provider shall enforce the schemas.
            **kwargs: other parameters of the call.
        """
        made = [tool_of(tool, strict=strict) for tool in tools]
        choice = choice_of(tool_choice)
        if choice is not None:
            kwargs["tool_choice"] = choice
        return self.bind(tools=made, **kwargs)

    def with_structured_output(
        self,
        schema: dict[str, Any] | type,
        *,
        method: Literal["json_schema", "function_calling", "json_mode"] = "json_schema",
        include_raw: bool = False,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:
        """The model with answers of a schema.

        Args:
            schema: a pydantic model, a ``TypedDict`` or a JSON schema.
            method: ``json_schema`` (the provider's own structured output), ``function_calling``
                or ``json_mode``.
            include_raw: whether to give ``raw``, ``parsed`` and ``parsing_error``.
            strict: whether the provider shall enforce the schema exactly.
            **kwargs: other parameters of the call.

        Raises:
            ValueError: for another method.
        """
        if method not in METHODS:
            raise ValueError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
        if method == "function_calling":
            return super().with_structured_output(schema, include_raw=include_raw, strict=strict)
        wanted: Any = "json_object"
        if method == "json_schema":
            plain = convert_to_json_schema(schema)
            name = str(plain.get("title") or "response")
            wanted = ResponseFormat(name=name, schema=plain, strict=strict is not False)
        asked = self.bind(
            response_format=wanted,
            ls_structured_output_format={"kwargs": {"method": method}, "schema": schema},
            **kwargs,
        )
        parser: Any = JsonOutputParser()
        if isinstance(schema, type) and is_basemodel_subclass(schema):
            parser = PydanticOutputParser[Any](pydantic_object=schema)
        if not include_raw:
            return cast("Runnable[LanguageModelInput, Any]", asked | parser)
        parsed = RunnablePassthrough.assign(
            parsed=itemgetter("raw") | parser, parsing_error=lambda _: None
        )
        failed = RunnablePassthrough.assign(parsed=lambda _: None)
        return RunnableMap(raw=asked) | parsed.with_fallbacks(
            [failed], exception_key="parsing_error"
        )

    # --- what LangChain calls --------------------------------------------------------------------

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        call = self._call(messages, stop, kwargs)
        with translated():
            try:
                response = self.client.generate(**call)
            except StructuredOutputError as error:
                response = _judged(error)
        return result_of_answer(response, standard=self._standard)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        call = self._call(messages, stop, kwargs)
        with translated():
            try:
                response = await self.client.agenerate(**call)
            except StructuredOutputError as error:
                response = _judged(error)
        return result_of_answer(response, standard=self._standard)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        call = self._call(messages, stop, kwargs)
        made = Chunks(standard=self._standard)
        with translated(), self.client.generate(**call, stream=True) as stream:
            with suppress(StructuredOutputError):  # the parser judges
                for chunk in stream:
                    yield from made.take(chunk)
            yield from made.end(stream.response)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        call = self._call(messages, stop, kwargs)
        made = Chunks(standard=self._standard)
        with translated():
            async with await self.client.agenerate(**call, stream=True) as stream:
                with suppress(StructuredOutputError):
                    async for chunk in stream:
                        for told in made.take(chunk):
                            yield told
                for told in made.end(stream.response):
                    yield told

    @property
    def _standard(self) -> bool:
        return self.output_version == "v1"

    def _call(
        self, messages: list[BaseMessage], stop: list[str] | None, given: dict[str, Any]
    ) -> dict[str, Any]:
        call = {"model": self.model, **self._set(), **self.params, **given}
        call.pop("stream", None)
        ends = stop if stop is not None else self.stop
        if ends:
            call["stop"] = ends
        if "tool_choice" in call:
            call["tool_choice"] = choice_of(call["tool_choice"])
        if self.api_key is not None:
            call.setdefault("api_key", self.api_key.get_secret_value())
        if self.base_url is not None:
            call.setdefault("base_url", self.base_url)
        with translated():
            call["messages"] = messages_of(messages)
        call["auto_tool"] = False
        return call


def _judged(error: StructuredOutputError) -> Any:
    """The answer that does not fit: whether it does is for the parser to judge."""
    if error.partial is None:
        raise error
    return error.partial
