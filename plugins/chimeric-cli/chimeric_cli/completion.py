"""``chimeric completion``: the script that lets a shell complete commands, options and models."""

from __future__ import annotations

import os

import click
from click.shell_completion import BashComplete, CompletionItem, add_completion_class
from click.shell_completion import get_completion_class as class_for

__all__ = ["command", "teach_shells"]

ADVICE = {
    "bash": 'eval "$(chimeric completion bash)"   in ~/.bashrc',
    "zsh": 'eval "$(chimeric completion zsh)"   in ~/.zshrc',
    "fish": "chimeric completion fish | source   in ~/.config/fish/config.fish",
}


SCRIPT = """\
%(complete_func)s() {
    local IFS=$'\\n' line kind value
    for line in $(env COMP_WORDS="${COMP_LINE:0:$COMP_POINT}" COMP_CWORD=-1 \\
            COMP_WORDBREAKS="$COMP_WORDBREAKS" %(complete_var)s=bash_complete $1); do
        IFS=',' read -r kind value <<< "$line"
        case $kind in
            dir) COMPREPLY=(); compopt -o dirnames ;;
            file) COMPREPLY=(); compopt -o default ;;
            plain) COMPREPLY+=("$value"); [[ $value == *: ]] && compopt -o nospace ;;
        esac
    done
    return 0
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""


@click.command(name="completion", epilog="\b\n" + "\n".join(ADVICE.values()))
@click.argument("shell", type=click.Choice(list(ADVICE)))
def command(shell: str) -> None:
    """Print the script for SHELL."""
    from .group import chimeric

    teach_shells()
    found = class_for(shell)
    assert found is not None, "click knows all of them"
    click.echo(found(chimeric, {}, "chimeric", "_CHIMERIC_COMPLETE").source())


def teach_shells() -> None:
    """Let bash complete names with a colon."""
    add_completion_class(Bash, "bash")


class Bash(BashComplete):
    """Completion in bash, which takes the colon of ``sim:story`` for the end of a word.

    The words are cut anew out of the line, and of what is found, bash is given only what stands
    behind the last colon that it has taken off already.
    """

    source_template = SCRIPT

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        self._taken = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one that is completed, and that one."""
        if os.environ.get("COMP_CWORD") != "-1":  # the script of an older version
            return super().get_completion_args()
        from click.shell_completion import split_arg_string

        line = os.environ["COMP_WORDS"]
        words = split_arg_string(line)
        incomplete = words.pop() if words and not line[-1:].isspace() else ""
        if ":" in os.environ.get("COMP_WORDBREAKS", ":"):
            self._taken = incomplete[: incomplete.rfind(":") + 1]
        return words[1:], incomplete

    def format_completion(self, item: CompletionItem) -> str:
        """One line for the script."""
        item.value = str(item.value).removeprefix(self._taken)
        return super().format_completion(item)
