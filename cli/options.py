"""Options that several commands share."""

from typing import Annotated

import typer

from triage.domain import Domain
from triage.domains import domains
from triage.settings import Settings

DomainName = Annotated[str, typer.Argument(help="Domain, e.g. return_fraud", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts")]


def settings() -> Settings:
    """Read the settings from the environment."""
    return Settings()


def domain_named(name: str) -> Domain:
    """Find a registered domain; ends the command with the known names otherwise."""
    found = domains(settings().domain_modules)
    if name not in found:
        raise typer.BadParameter(f"unknown domain {name!r}; known are {', '.join(found)}", param_hint="DOMAIN")
    return found[name]
