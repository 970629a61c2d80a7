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

Services that speak chat completions, each a provider of its own, with what is particular about it.

```bash
pip install chimeric-core chimeric-catalog
```

```python
from chimeric import Chimeric

client = Chimeric()
response = client.generate("perplexity:sonar-pro", "When is high tide at Dover?")
print(response.content, response.metadata.get("citations"))
```

A service is loaded when it is asked for. Its key is the first of the variables that is set, or
`<name>_api_key=`; its base URL can be changed by `<NAME>_BASE_URL` or `<name>_base_url=`. What a
service refuses is changed so that it is taken, and reported; a wrong key, an unknown model and a
page that is no answer are errors that name the next step. A service that is not here works through
[`compatible`](compatible.md) with its base URL.

Finish reasons, usage, reasoning, citations and errors are read in all forms that servers of this
protocol use, as at [compatible servers](compatible.md).

This page is made from the table that the providers are made from (`chimeric_catalog.page`).
"""

LOCAL: Final = """\
At their usual ports, without a key; a server elsewhere is `<name>_base_url=`.

```python
response = client.generate("llamacpp:gpt-oss-20b", "When is high tide at Dover?")
print(response.content, response.metadata.get("timings"))
```

llama-server and vLLM speak Anthropic's Messages too: `anthropic:model` with
`anthropic_base_url="http://localhost:8080"`. Servers without a name here, such as
`transformers serve`, are [`compatible`](compatible.md). `python3 run.py real-servers` tries the
library with llama-server, `transformers serve` and the LiteLLM proxy themselves.
"""

CARRIES: Final = {
    "tools": "tools",
    "images": "pictures",
    "audio": "sound",
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
            "\n## What is particular\n",
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
    yield f"- carries: text, reasoning, {', '.join(carried)}"
    if entry.models:
        yield f"- without a prefix: {', '.join(f'`{pattern}`' for pattern in entry.models)}"
    yield from (f"- {note}" for note in entry.notes)
    yield ""
    if entry.dialect.rules is not None:
        yield "| what is refused | of which models | what becomes of it | source |"
        yield "|---|---|---|---|"
        for rule in entry.dialect.rules():
            done = f"{rule.done}: {rule.how}" if rule.how else rule.done
            yield f"| {rule.said} | {rule.models} | {done} | {rule.source} |"
        yield ""


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
