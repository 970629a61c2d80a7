"""The google-genai SDK, with its automatic function calling."""

from __future__ import annotations

import json
from typing import Any

from .outcome import Call, Order, Outcome
from .tools import functions_noting

__all__ = ["Generate"]


class Generate:
    """``models.generate_content_stream`` and ``models.generate_content``."""

    def open(self, order: Order) -> None:
        """Make the client."""
        from google import genai
        from google.genai import types

        milliseconds = None if order.timeout is None else int(order.timeout * 1000)
        options = types.HttpOptions(base_url=order.url, timeout=milliseconds)
        self.client = genai.Client(api_key="x", http_options=options)

    def play(self, order: Order, seen: Outcome) -> None:
        """Ask, and go on as long as tools run."""
        from google.genai import types

        seen.reasoning = ""
        seen.runs = [] if order.tools else None
        tools: Any = functions_noting(seen.runs) if seen.runs is not None else None
        ask: Any = {
            "model": "m-1",
            "contents": "Hello",
            "config": types.GenerateContentConfig(tools=tools),
        }
        if order.stream:
            for chunk in self.client.models.generate_content_stream(**ask):
                self._take(chunk, seen)
            for call in seen.calls:
                call.complete = not order.tools and seen.finish == "STOP"
            return
        answer = self.client.models.generate_content(**ask)
        for content in answer.automatic_function_calling_history or []:
            if content.role != "user":
                seen.text += "".join(part.text or "" for part in content.parts or [])
                self._parts(content.parts, seen)
        self._take(answer, seen)

    def _take(self, chunk: Any, seen: Outcome) -> None:
        seen.text += chunk.text or ""
        for candidate in (chunk.candidates or [])[:1]:
            if candidate.finish_reason and not seen.runs:  # that of the turn before tools ran
                seen.finish = candidate.finish_reason.value
            self._parts(candidate.content and candidate.content.parts, seen)

    def _parts(self, parts: Any, seen: Outcome) -> None:
        for part in parts or []:
            if part.thought:
                seen.reasoning = (seen.reasoning or "") + (part.text or "")
            elif part.function_call:
                made = part.function_call
                arguments = json.dumps(made.args or {})
                seen.calls.append(Call(made.name or "", arguments, id=made.id or ""))
