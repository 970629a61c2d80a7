"""``chimeric completion``: the script that lets a shell complete commands and options."""

from __future__ import annotations

import click

__all__ = ["command"]

ADVICE = {
    "bash": 'eval "$(chimeric completion bash)"   in ~/.bashrc',
    "zsh": 'eval "$(chimeric completion zsh)"   in ~/.zshrc',
    "fish": "chimeric completion fish | source   in ~/.config/fish/config.fish",
}


@click.command(name="completion", epilog="\b\n" + "\n".join(ADVICE.values()))
@click.argument("shell", type=click.Choice(list(ADVICE)))
def command(shell: str) -> None:
    """Print the script for SHELL."""
    from click.shell_completion import get_completion_class

    from .group import chimeric

    found = get_completion_class(shell)
    assert found is not None, "click knows all of them"
    click.echo(found(chimeric, {}, "chimeric", "_CHIMERIC_COMPLETE").source())
