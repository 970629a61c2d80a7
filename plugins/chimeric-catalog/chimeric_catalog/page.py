"""The docs page of the catalogue, made of the table.

``python -m chimeric_catalog.page docs/providers/catalog.md`` writes it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from . import entry_of, names
from .entry import Entry

__all__ = ["page"]

HEAD: Final = """\
# The catalogue

Services that speak chat completions, each a separate provider with its peculiarities.

```bash
pip install chimeric-core chimeric-catalog
```

```python
from chimeric import Chimeric

client = Chimeric()
response = client.generate("perplexity:sonar-pro", "When is high tide at Dover?")
print(response.content, response.metadata.get("citations"))
```

A service is loaded on first use. Its key is the first of the variables that is set, or
`<name>_api_key=`; its base URL can be changed with `<NAME>_BASE_URL` or `<name>_base_url=`. What a
service would refuse is adapted, and reported; the errors for a wrong key, an unknown model or an
HTML page instead of an answer say what to do next. A service that is not listed here works through
[`compatible`](compatible.md) with its base URL.

Finish reasons, usage, reasoning, citations and errors are read in all variants of the protocol, as
for [compatible servers](compatible.md).

This page is generated from the same table as the providers (`chimeric_catalog.page`).
"""

LOCAL: Final = """\
At their default ports, without a key; for a server elsewhere pass `<name>_base_url=`.

```python
response = client.generate("llamacpp:gpt-oss-20b", "When is high tide at Dover?")
print(response.content, response.metadata.get("timings"))
```

llama-server and vLLM also speak Anthropic's Messages: use `anthropic:model` with
`anthropic_base_url="http://localhost:8080"`. For servers without a name here, such as
`transformers serve`, use [`compatible`](compatible.md). `python3 run.py real-servers` tests the
library with llama-server, `transformers serve` and the LiteLLM proxy.
"""

CARRIES: Final = {
    "tools": "tools",
    "images": "images",
    "audio": "audio",
    "structured": "structured output",
    "citations": "citations",
    "lists": "model list",
    "responses": 'Responses (`api="responses"`)',
}
"""What the table says of each service, by the entry's field."""


def page() -> str:
    """The whole page."""
    entries = [entry_of(name) for name in names()]
    hosted = [entry for entry in entries if not entry.local]
    local = [entry for entry in entries if entry.local]
    return "\n".join(
        (
            HEAD,
            f"## {len(hosted)} services\n",
            *_table(hosted),
            "\n## Local servers\n",
            LOCAL,
            *_table(local),
            "\n## Details\n",
            *(part for entry in entries if _said(entry) for part in _particular(entry)),
        )
    )


def _table(entries: Iterable[Entry]) -> Iterable[str]:
    yield "| service | provider | key | base URL |"
    yield "|---|---|---|---|"
    for entry in entries:
        called = ", ".join(f"`{name}`" for name in (entry.name, *entry.aliases))
        keys = ", ".join(f"`{key}`" for key in entry.keys)
        url = f"`{entry.base_url.format(f'<{entry.account_env}>')}`" if entry.base_url else ""
        free = "" if entry.key_required else "none, or "
        yield f"| {entry.title} | {called} | {free}{keys} | {url or '`' + entry.urls[0] + '`'} |"


def _said(entry: Entry) -> bool:
    return bool(entry.notes or entry.dialect.rules)


def _particular(entry: Entry) -> Iterable[str]:
    yield f"### {entry.title}\n"
    yield f"`{entry.name}:{entry.sample}`\n"
    carried = [word for field, word in CARRIES.items() if getattr(entry, field)]
    yield f"- supports: text, reasoning, {', '.join(carried)}"
    if entry.models:
        yield f"- without a prefix: {', '.join(f'`{pattern}`' for pattern in entry.models)}"
    yield from (f"- {note}" for note in entry.notes)
    yield ""
    if entry.dialect.rules is not None:
        yield "| refused | models | what Chimeric does | source |"
        yield "|---|---|---|---|"
        for rule in entry.dialect.rules():
            done = f"{rule.done}: {rule.how}" if rule.how else rule.done
            yield f"| {rule.said} | {rule.models} | {done} | {rule.source} |"
        yield ""


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
