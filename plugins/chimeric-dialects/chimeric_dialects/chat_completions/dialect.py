"""Chat Completions as a protocol."""

from __future__ import annotations

from typing import Any

from chimeric_dialects.answers import Answer
from chimeric_dialects.dialect import Dialect
from chimeric_dialects.ids import make_id
from chimeric_dialects.openai.errors import openai_headers, openai_refusal
from chimeric_dialects.problems import Problem
from chimeric_dialects.prompts import Prompt
from chimeric_dialects.replies import Reply
from chimeric_dialects.requests import Request
from chimeric_dialects.service import Service

from .encoder import ChatEncoder
from .reader import read_prompt
from .services.errors import REFUSALS
from .services.forms import FORMS, FormEncoder
from .services.groq import GroqEncoder
from .services.mistral import MistralEncoder
from .services.openrouter import OpenRouterEncoder
from .services.perplexity import PerplexityEncoder
from .services.places import Variant, variant_at, variant_of_model
from .services.xai import XaiEncoder

__all__ = ["ChatCompletions"]


_ENCODERS = {
    "groq": GroqEncoder,
    "mistral": MistralEncoder,
    "openai": ChatEncoder,
    "openrouter": OpenRouterEncoder,
    "perplexity": PerplexityEncoder,
    "xai": XaiEncoder,
    **dict.fromkeys(FORMS, FormEncoder),
}


class ChatCompletions(Dialect):
    """``POST /chat/completions`` under any prefix.

    Args:
        variant: whose words to use; None goes by the request: a path that begins with the name
            of a service, or has the service's own form (``/openai/v1`` is Groq's, ``/api/v1``
            OpenRouter's), means that service, a model with a name of Mistral's, Perplexity's or
            xAI's means that, everything else OpenAI's.
    """

    path = "/chat/completions"

    def __init__(self, variant: Variant | None = None) -> None:
        self._variant: Variant | None = variant

    def key(self, request: Request) -> str | None:
        return request.bearer

    def variant_of(self, request: Request) -> str:
        if self._variant is not None:
            return self._variant
        found = variant_at(request.path)
        if found is None:
            try:
                found = variant_of_model(str(request.json().get("model")))
            except Problem:
                return ""
        return found

    def id_headers(self) -> dict[str, str]:
        return openai_headers()

    def goes_on(self, request: Request, prompt: Prompt) -> bool:
        """Where the last message or the request says so; Claude at OpenRouter needs no word.

        Source: ``prefix`` of DeepSeek (at ``/beta``) and Mistral, ``continue_final_message`` of
        vLLM.
        """
        variant, last = prompt.options["variant"], prompt.body["messages"][-1]
        if variant == "openrouter" and "claude" in prompt.model:
            return True
        marked = last.get("prefix") is True
        if variant == "deepseek" and "/beta/" not in request.path:
            marked = False
        return marked or prompt.body.get("continue_final_message") is True

    def headers(self, prompt: Prompt) -> dict[str, str]:
        return {} if prompt.options["variant"] == "groq" else self.id_headers()

    def call_id(self, prompt: Prompt, tool: str) -> str:
        # Mistral accepts no other ids than these.
        if prompt.options["variant"] == "mistral":
            return make_id("", 9)
        return super().call_id(prompt, tool)

    def encoder(self, prompt: Prompt, answer: Answer, service: Service) -> ChatEncoder:
        return _ENCODERS[prompt.options["variant"]](prompt, answer)

    def _read(self, request: Request, body: dict[str, Any], service: Service) -> Prompt:
        return read_prompt(request.path, body, service, self._variant)

    def _refuse(self, problem: Problem) -> Reply:
        return REFUSALS.get(problem.variant, openai_refusal)(problem)
