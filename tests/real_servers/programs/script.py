"""What the tiny models say: a mark that the chat template sets decides which words follow.

The next token depends on the last one alone, so every token of these texts is there once.
"""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["BOS", "EOS", "SCRIPTS", "TEMPLATE", "UNKNOWN", "logits", "vocabulary"]

UNKNOWN, BOS, EOS = "<unk>", "<s>", "</s>"

SCRIPTS = {
    "<|say|>": ("The", " tide", " comes", " twice", " a", " day."),
    "<|ponder|>": ("<think>", "Two", " and", " two", "</think>", "It", " is", " four."),
    "<|on|>": ("One", " wave", " after", " another"),
    "<|use|>": (
        "<tool_call>", '\n{"name": "weather", ', '"arguments": {"city": "', "Ro", 'me"}}\n',
        "</tool_call>",
    ),
    "<|far|>": (
        "<tool_call>\n{", '"name": "weather", "arguments": {"city": "',
        "Llan", "fair", "pwll", "gwyn", "gyll", "goger", "ychwyrn", "drobwll", "llanty", "silio",
        "gogo", "goch", ", Angle", "sey,", " in Wales", '"}}\n</tool', "_call>\n",
    ),
    "<|only|>": (
        "<tool_call>\n", '{"name": "add", "argu', 'ments": {"x": 2, ', '"y": 3}}\n</to', "ol_call>",
    ),
    "<|both|>": (
        "<tool_", 'call>\n{"name": "weather"', ', "arguments": {"city":', ' "Oslo"}}',
        "\n</tool_", "call>\n<tool", '_call>\n{"name": "add", ', '"arguments": {"x": 2, "',
        'y": 3}}', "\n</tool", "_call>",
    ),
}  # fmt: skip
"""After each mark, its text; the one of ``<|on|>`` begins again and again."""

MARKS = (*SCRIPTS, "<|system|>", "<|user|>", "<|tool|>", "<|assistant|>")
PRINTABLE = tuple(chr(code) for code in range(32, 127))
PREFERRED = {'"': 6.0, "}": 5.0, "]": 4.5, ":": 4.0, ",": 3.5}
"""What is taken first where a grammar leaves no word of a script."""

TEMPLATE = """\
{%- macro text(content) -%}
{%- if content is string -%}{{ content }}
{%- elif content -%}{%- for part in content -%}{{ part.text }}{%- endfor -%}
{%- endif -%}
{%- endmacro -%}
{%- if tools -%}<|system|>{%- for tool in tools -%}{{ tool | tojson }}{%- endfor -%}{%- endif -%}
{%- for message in messages -%}
{%- if message.role == 'assistant' -%}
<|assistant|>
{%- if message.reasoning_content -%}<think>{{ message.reasoning_content }}</think>{%- endif -%}
{{ text(message.content) }}
{%- for call in message.tool_calls or [] -%}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>
{%- endfor -%}
</s>
{%- else -%}<|{{ message.role }}|>{{ text(message.content) }}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
{%- set said = text(messages[-1].content) -%}
<|assistant|>
{%- if messages[-1].role == 'tool' -%}<|say|>
{%- elif tools and 'both' in said -%}<|both|>
{%- elif tools and tools | length == 1 and tools[0].function.name == 'add' -%}<|only|>
{%- elif tools and 'far' in said -%}<|far|>
{%- elif tools -%}<|use|>
{%- elif 'ponder' in said -%}<|ponder|>
{%- elif 'on and on' in said -%}<|on|>
{%- else -%}<|say|>
{%- endif -%}
{%- endif -%}
"""


def vocabulary() -> list[str]:
    """All tokens in their order; the bytes are written as ``<0x0A>``."""
    words = [word for script in SCRIPTS.values() for word in script]
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    return [UNKNOWN, BOS, EOS, *MARKS, *bytes_, *PRINTABLE, *words]


def logits() -> Iterator[tuple[int, int, float]]:
    """What is likely: the next token, the last one (-1 for any), and how much."""
    place = {token: number for number, token in enumerate(vocabulary())}
    for token, number in place.items():
        if len(token) != 1:
            yield number, -1, -8.0
        elif token not in PREFERRED:
            yield number, -1, 2.0 if token.isalnum() else 0.0
    for token, much in PREFERRED.items():
        yield place[token], -1, much
    for mark, words in SCRIPTS.items():
        then = (*words, words[0] if mark == "<|on|>" else EOS)
        for last, token in zip((mark, *words), then, strict=True):
            yield place[token], place[last], 30.0
