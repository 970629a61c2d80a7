"""The ``chimeric`` group. Commands are imported when they run; help needs none of them."""

from __future__ import annotations

import re
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

import click

__all__ = ["PipeClosed", "chimeric"]

COMMANDS = {
    "chat": ("chimeric_cli.chat", "Ask a model; without a prompt, talk with it."),
    "batch": ("chimeric_cli.batch", "Answer many prompts from a JSON-lines file."),
    "models": ("chimeric_cli.models", "List models."),
    "info": ("chimeric_cli.info", "Tell what is known of a model."),
    "plugins": ("chimeric_cli.plugins", "List installed plugins and what is wrong with them."),
    "doctor": ("chimeric_cli.doctor", "Check keys, URLs, versions and plugins."),
    "view": ("chimeric_cli.view", "Show recorded streams, event by event, on a page."),
    "demo": ("chimeric_cli.demo", "Stream from every installed provider, simulated."),
    "serve": ("chimeric_cli.serve", "Run the gateway: any provider, for any client."),
    "sim": ("chimeric_cli.sim", "Run the simulator as a server."),
    "new-plugin": ("chimeric_cli.scaffold", "Begin a plugin of your own."),
    "completion": ("chimeric_cli.completion", "Print the script for shell completion."),
}
"""Name -> module, whose ``command`` is the command, and the line for the list."""


OWN_OPTIONS = ("-h", "--help", "--version")
"""What stands before a command. ``--debug`` has been taken out: it may stand anywhere."""

NAME = re.compile(r"[a-z][a-z0-9_-]*")
LIKE = 0.7
"""How like a command a word must be that is taken for a misspelt one, and not for a prompt."""


class PipeClosed(Exception):  # noqa: N818 -- it is no error
    """Nobody reads the output any more."""


class LazyGroup(click.Group):
    """A group that knows its commands' names and lines without importing them."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. click would end a closed pipe with its own exit code."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise PipeClosed from error

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """What is no command is a prompt, or an option of ``chat``: that is run then."""
        if args and args[0] not in OWN_OPTIONS and not self._is_command(ctx, args):
            args = ["chat", *args]
        return super().parse_args(ctx, args)

    def _is_command(self, ctx: click.Context, args: list[str]) -> bool:
        """Whether the first word is a command, or was meant to be one.

        A word that stands alone is no prompt: a service would be paid for a misspelt command.
        """
        word = args[0]
        if not NAME.fullmatch(word):
            return False
        if len(args) == 1 or self.get_command(ctx, word) is not None:
            return True
        return self._like(ctx, word) is not None

    def _like(self, ctx: click.Context, word: str) -> str | None:
        import difflib

        near = difflib.get_close_matches(word, self.list_commands(ctx), 1, LIKE)
        return near[0] if near else None

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Own commands in the order above, then those of plugins."""
        self._add_plugin_commands()
        return [*COMMANDS, *sorted(name for name in self.commands if name not in COMMANDS)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            self._add_plugin_commands()
        elif cmd_name not in self.commands:
            module: Any = import_module(COMMANDS[cmd_name][0])
            self.add_command(module.command, cmd_name)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing those of this package."""
        rows: list[tuple[str, str]] = []
        for name in self.list_commands(ctx):
            if name in COMMANDS:
                rows.append((name, COMMANDS[name][1]))
            else:
                rows.append((name, self.commands[name].get_short_help_str()))
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a misspelt one is answered with its neighbour."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = self._like(ctx, args[0])
            meant = f"; did you mean {near!r}?" if near else "."
            hint = f"no command {args[0]!r}{meant} To send it as a prompt: chimeric chat {args[0]}"
            raise click.UsageError(hint, ctx) from error

    def _add_plugin_commands(self) -> None:
        """Let middleware plugins add commands; Chimeric is imported only if there are any."""
        if self.__dict__.setdefault("_asked", False):
            return
        self._asked = True
        if not entry_points(group="chimeric.middleware"):
            return
        from chimeric import register_commands

        from .terminal import report

        for error in register_commands(self):
            report(str(error), "warning")


def _print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from importlib.metadata import version

    click.echo(f"chimeric-cli {version('chimeric-cli')}, chimeric-core {version('chimeric-core')}")
    ctx.exit()


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version,
    help="Show the versions and exit.",
)  # fmt: skip
@click.option("--debug", is_flag=True, expose_value=False, help="Show tracebacks of errors.")
@click.pass_context
def chimeric(ctx: click.Context) -> None:
    """Stream answers from many LLM providers through one interface.

    \b
      chimeric -m gpt-4o "Tell me a story"    # the same as `chimeric chat ...`
      cat notes.txt | chimeric "Summarise this"
      chimeric chat                           # talk with the default model
      chimeric demo                           # needs no key

    `chimeric chat --help` lists the options of a prompt.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
