"""The commands ``llm chimeric ...``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click
import llm

from chimeric import Chimeric, ChimericError, ProviderSetup

from .noted import Noted, file_of_models, noted_models, write

__all__ = ["chimeric"]


@click.group()
def chimeric() -> None:
    """Models of all installed providers of Chimeric."""


@chimeric.command()
@click.argument("providers", nargs=-1)
def refresh(providers: tuple[str, ...]) -> None:
    """Ask providers for their models, and note them.

    Without PROVIDERS, all that have a key (of 'llm keys' or the environment) or need none.
    """
    with _client() as client:
        setups = {setup.name: setup for setup in client.provider_setups()}
        unknown = [name for name in providers if name not in setups]
        if unknown:
            raise click.ClickException(
                f"no such provider: {', '.join(unknown)}. Installed: {', '.join(sorted(setups))}"
            )
        wanted = providers or [name for name, setup in setups.items() if _answers(setup)]
        kept = [m for m in noted_models() if m.by_hand or m.provider not in wanted]
        failed = 0
        for name in wanted:
            try:
                found = client.list_models(name)
            except ChimericError as error:
                failed += 1
                click.echo(f"{name}: {error}", err=True)
                kept += [m for m in noted_models() if m.provider == name and not m.by_hand]
                continue
            click.echo(f"{name}: {len(found)} models")
            kept += [_noted(setups[name], model.id) for model in found]
        write(kept)
    click.echo(f"Noted in {file_of_models()}", err=True)
    if failed and failed == len(list(wanted)):
        raise SystemExit(1)


@chimeric.command()
@click.argument("models", nargs=-1, required=True)
@click.option("aliases", "-a", "--alias", multiple=True, help="Another name of the one model.")
def add(models: tuple[str, ...], aliases: tuple[str, ...]) -> None:
    """Note MODELS, each as provider:model, without asking anybody."""
    if aliases and len(models) > 1:
        raise click.ClickException("an alias is for one model")
    with _client() as client:
        setups = {setup.name: setup for setup in client.provider_setups()}
    made: list[Noted] = []
    for model in models:
        provider, colon, name = model.partition(":")
        if not (colon and name) or provider not in setups:
            raise click.ClickException(
                f"{model!r} is not provider:model. Installed: {', '.join(sorted(setups))}"
            )
        made.append(_noted(setups[provider], name, aliases, by_hand=True))
    write([*noted_models(), *made])


@chimeric.command()
@click.argument("models", nargs=-1, required=True)
def remove(models: tuple[str, ...]) -> None:
    """Forget MODELS."""
    known = noted_models()
    unknown = set(models) - {model.id for model in known}
    if unknown:
        raise click.ClickException(f"not noted: {', '.join(sorted(unknown))}")
    write(model for model in known if model.id not in models)


def _client() -> Chimeric:
    framework: Any = llm
    stored: dict[str, str] = framework.load_keys()
    with Chimeric() as client:
        names = client.available_providers
    keys = {name: stored[name] for name in names if name in stored}
    return Chimeric(api_keys=keys, max_retries=0, timeout=20)


def _answers(setup: ProviderSetup) -> bool:
    """Whether a provider is worth asking: it has a key, or needs none and has an address."""
    if not setup.declaration.capabilities.list_models or setup.problem:
        return False
    if setup.key is not None:
        return True
    return not setup.declaration.key_required and not setup.declaration.key_env


def _noted(
    setup: ProviderSetup, model: str, aliases: Iterable[str] = (), *, by_hand: bool = False
) -> Noted:
    return Noted(
        id=f"{setup.name}:{model}",
        provider=setup.name,
        needs_key=setup.declaration.key_required,
        variables=tuple(setup.declaration.key_env),
        aliases=tuple(aliases),
        by_hand=by_hand,
    )
