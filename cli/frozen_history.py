"""`triage history`: entity history frozen into files, which a start would otherwise read from the database."""

import multiprocessing
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import show
from cli.options import AsJson, domain_named
from cli.options import settings as read_settings
from triage.domain import Domain
from triage.settings import Settings

if TYPE_CHECKING:
    from features.attributes.attribute import Attribute
    from triage.champions import Champion

app = typer.Typer(help="Entity history in files, so that a start is quick.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `freeze` a command of its own while it is the only one."""


@app.command("freeze")
def history_freeze(
    only: Annotated[
        list[str] | None, typer.Option("--domain", help="Only this domain; repeatable. Left out: every domain")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Freeze what a start would otherwise read from the database: `triage history freeze`.

    For a new release before it serves, after a restore, and on a new machine. May run while a service does, and again.
    """
    from triage.domains import domains

    settings = read_settings()
    cards = [domain_named(name) for name in only] if only else list(domains(settings.domain_modules).values())
    show(freeze_histories(settings, cards), as_json=as_json)


def _attributes(champion: "Champion") -> "tuple[Attribute, ...]":
    return tuple(champion.scorer.attributes) if champion.scorer is not None else ()


def freeze_histories(settings: Settings, cards: Sequence[Domain]) -> list[dict[str, Any]]:
    """Freeze the history of domains as their champions read it, each in a process of its own; return rows by domain."""
    from triage.champions import Champions
    from triage.clock import utc_now
    from triage.intake.histories import freeze_rows
    from triage.model_store import RegisteredModels

    champions = Champions(
        RegisteredModels(settings),
        {card.name: card for card in cards},
        poll_seconds=settings.registry_poll_seconds,
        clock=utc_now,
    )
    champions.refresh()
    asked = [
        (
            settings.database,
            settings.domain_modules,
            settings.home_folder,
            card.name,
            _attributes(champions.current(card.name)),
        )
        for card in cards
    ]
    with multiprocessing.get_context("spawn").Pool(min(len(asked), os.cpu_count() or 1)) as pool:
        rows = pool.starmap(freeze_rows, asked, chunksize=1)
    return [{"domain": card.name, "rows": count} for card, count in zip(cards, rows, strict=True)]
