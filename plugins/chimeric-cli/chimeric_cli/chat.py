"""``chimeric chat``: one question, or a conversation."""

from __future__ import annotations

import sys
from typing import Any

import click

from .defaults import default_model, model_option

__all__ = ["command"]


@click.command(name="chat")
@click.argument("prompt", nargs=-1)
@model_option
@click.option("-s", "--system", metavar="TEXT", help="The system message.")
@click.option("-a", "--attach", "attachments", multiple=True, metavar="PATH|URL|-",
              help="Send a picture, document or sound; -: what is piped in.")  # fmt: skip
@click.option("--image", multiple=True, metavar="PATH|URL", help="Send a picture (repeatable).")
@click.option("--file", "files", multiple=True, metavar="PATH", help="Send a file (repeatable).")
@click.option("--tools", multiple=True, metavar="MODULE:FUNCTION",
              help="Let the model call a function of yours (repeatable).")  # fmt: skip
@click.option("--mcp", "servers", multiple=True, metavar="FILE",
              help="Let the model call tools of MCP servers in a file (repeatable).")  # fmt: skip
@click.option("--approve", is_flag=True, help="Ask before a tool runs.")
@click.option("--schema", metavar="JSON|FILE|FIELDS",
              help="Ask for JSON of that schema; short: 'name, age int, tags str[]'.")  # fmt: skip
@click.option("-x", "--extract", is_flag=True,
              help="Write only what stands in the first code block of the answer.")  # fmt: skip
@click.option("-p", "--param", "params", multiple=True, metavar="NAME=VALUE",
              help="Any argument of generate, such as temperature=0 (repeatable).")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Write one chunk per line, as JSON.")
@click.option(
    "--native", is_flag=True, help="Write the provider's own events as they came, one a line."
)
@click.option("--reasoning", is_flag=True, help="Show the model's reasoning too.")
@click.option("--usage", is_flag=True, help="Tell token counts and price at the end (stderr).")
@click.option("--raw", is_flag=True, help="Write the text exactly as it comes, escapes included.")
@click.option("--markdown/--no-markdown", default=True, help="Render Markdown on a terminal.")
def command(
    prompt: tuple[str, ...],
    model: str | None,
    system: str | None,
    attachments: tuple[str, ...],
    image: tuple[str, ...],
    files: tuple[str, ...],
    tools: tuple[str, ...],
    servers: tuple[str, ...],
    approve: bool,
    schema: str | None,
    extract: bool,
    params: tuple[str, ...],
    as_json: bool,
    native: bool,
    reasoning: bool,
    usage: bool,
    raw: bool,
    markdown: bool,
) -> int:
    """Ask a model. Text that is piped in is put before PROMPT; without either, talk with it.

    \b
      chimeric "Why is the sky blue?"             # `chat` may be left out
      git diff | chimeric -m claude-sonnet-4-5 "Review this"
      chimeric -a cat.png "What is this?"
      chimeric --schema "name, age int" "Invent a person"
      chimeric -x "A shell script that counts lines" > count.sh
    """
    chosen = model or default_model()
    from .attachments import read_attachment
    from .prompts import load_tools, parse_params, read_stdin, user_message

    piped = "" if "-" in attachments else read_stdin().strip("\n")
    text = "\n\n".join(t for t in (piped, " ".join(prompt)) if t.strip())
    arguments = parse_params(params)
    if schema is not None:
        from .schemas import read_schema

        arguments["response_format"] = read_schema(schema)
    functions = load_tools(tools)
    interactive = not (text or image or files or attachments)
    if interactive and not sys.stdin.isatty():
        raise click.UsageError("there is no prompt: pass one, or pipe text in")
    styles = {"--json": as_json, "--native": native, "--extract": extract}
    chosen_styles = [name for name, wanted in styles.items() if wanted]
    if len(chosen_styles) > 1:
        raise click.UsageError(f"{' and '.join(chosen_styles)} exclude each other")
    if interactive and chosen_styles:
        raise click.UsageError(f"{chosen_styles[0]} needs a prompt")
    message = None
    if not interactive:
        message = user_message(text, image, files, [read_attachment(a) for a in attachments])
    plugins: list[Any] = []
    if servers or approve:
        from .approvals import server_plugins  # what it needs may not be installed

        plugins = server_plugins(servers, approve=approve)

    from chimeric import Chimeric

    from .conversation import Conversation, Style
    from .costs import meters

    style = Style(
        json=as_json,
        native=native,
        extract=extract,
        reasoning=reasoning,
        raw=raw,
        markdown=markdown and schema is None,
    )
    plugins += [*style.plugins, *(meters() if usage or interactive else [])]
    with Chimeric(plugins=plugins) as client:
        talk = Conversation(
            client, chosen, system=system, tools=functions, params=arguments, style=style
        )
        if message is None:
            from .interactive import converse

            return converse(talk, show_usage=usage)
        return _ask(talk, message, usage)


def _ask(talk: Any, message: Any, show_usage: bool) -> int:
    from .conversation import tell_end, usage_line
    from .costs import price_of
    from .terminal import report

    reply = talk.ask(message)
    code = tell_end(reply)
    if show_usage:
        response = reply.response
        told = (
            response.model,
            response.finish_reason,
            f"{reply.seconds:.1f} s",
            price_of(response),
        )
        report(usage_line(response.usage, *told), "note")
    return code
