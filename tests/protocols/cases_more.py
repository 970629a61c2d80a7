"""Cases in the protocol of Gemini, Cohere and Ollama."""

from __future__ import annotations

from . import cases_cohere, cases_gemini, cases_gemini_errors, cases_ollama
from .case import Case

__all__ = ["CASES"]

CASES: list[Case] = [
    *cases_gemini.CASES,
    *cases_gemini_errors.CASES,
    *cases_cohere.CASES,
    *cases_ollama.CASES,
]
