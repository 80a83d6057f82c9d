"""`adapter completion`: what makes a shell complete commands and options."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

_SHELLS: dict[str, type[ShellComplete]] = {each.name: each for each in (BashComplete, FishComplete, ZshComplete)}


@click.command()
@click.argument("shell", type=click.Choice(sorted(_SHELLS)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what SHELL has to read to complete the commands of `adapter` and their options.

    For bash: adapter completion bash > ~/.local/share/bash-completion/completions/adapter

    For fish: adapter completion fish > ~/.config/fish/completions/adapter.fish

    For zsh, with ~/.zfunc in $fpath before compinit: adapter completion zsh > ~/.zfunc/_adapter
    """
    click.echo(_SHELLS[shell](context.find_root().command, {}, "adapter", "_ADAPTER_COMPLETE").source())


COMMANDS = (completion,)
