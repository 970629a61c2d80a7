"""What to tell where no installed provider serves a model: the package to install, near names."""

from __future__ import annotations

from fnmatch import fnmatchcase

from chimeric.errors import ProviderNotFoundError
from chimeric.nearest import nearest

__all__ = ["not_installed"]

_ALONE = "azure bedrock cerebras groq ollama openrouter sim vertex"
PACKAGES: dict[str, tuple[str, ...]] = {
    "chimeric-openai": ("openai", "gpt-*", "o1*", "o3*", "o4*", "chatgpt-*", "codex-*"),
    "chimeric-anthropic": ("anthropic", "claude-*"),
    "chimeric-google": ("google", "gemini", "gemini-*", "gemma-*"),
    "chimeric-cohere": ("cohere", "command-*", "c4ai-*"),
    "chimeric-grok": ("grok", "xai", "grok-*"),
    "chimeric-mistral": ("mistral", "mistral-*", "codestral-*", "magistral-*"),
    "chimeric-deepseek": ("deepseek", "deepseek-*"),
    "chimeric-catalog": ("perplexity", "moonshot", "dashscope", "together", "huggingface", "vllm"),
    "chimeric-chat-completions": ("compatible",),
    **{f"chimeric-{name}": (name,) for name in _ALONE.split()},
}
"""What to install, for names that are well known; for error messages only."""


def not_installed(
    installed: list[str], name: str | None, model: str, endpoints: tuple[str, ...] = ()
) -> ProviderNotFoundError:
    """What was asked for, what there is, and what to do about it."""
    names = [*dict.fromkeys(n for n in [*sum(PACKAGES.values(), ()), *installed] if n in installed)]
    have = (", ".join(names[:6]) or "none") + f" and {len(names) - 6} more" * (len(names) > 6)
    have += f"; endpoints: {', '.join(endpoints)}" if endpoints else ""
    package = _package_of([w.lower() for w in (name, model) if w], installed)
    near = nearest(name, [*installed, *endpoints]) if name else _near_model(model)
    meant = f"did you mean {near!r}?" if near else "write 'provider:model', or install its plugin"
    what = (
        f"no provider named {name!r} is installed"
        if name and (near or package is None or name in PACKAGES[package])
        else f"no installed provider serves the model {model!r}"
    )
    told = f"pip install {package}" if package else meant
    return ProviderNotFoundError(f"{what}; {told} (installed: {have})")


def _near_model(model: str) -> str | None:
    """The name with the family that it is most like: ``gpt-4o`` for ``gtp-4o``."""
    family, dash, rest = model.partition("-")
    known = [p[:-2] for patterns in PACKAGES.values() for p in patterns if p.endswith("-*")]
    near = nearest(family, known)
    return f"{near}-{rest}" if near and dash and near != family else None


def _package_of(wanted: list[str], installed: list[str]) -> str | None:
    """The well-known package for one of these names, unless it is installed already."""
    for package, patterns in PACKAGES.items():
        asked = any(fnmatchcase(name, pattern) for name in wanted for pattern in patterns)
        if asked and patterns[0] not in installed:
            return package
    return None
