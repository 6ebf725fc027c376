"""`triage policy`: check policy documents before they are used."""

from pathlib import Path
from typing import Annotated

import typer

from cli.console import out
from cli.options import DomainName, domain_named
from triage.domain import read_policy

app = typer.Typer(help="Policy documents.", no_args_is_help=True)


@app.command("lint")
def policy_lint(
    domain: DomainName,
    file: Annotated[
        Path | None, typer.Argument(help="Document to check; default: the built-in one", exists=True)
    ] = None,
) -> None:
    """Check a policy document; every problem is one line: `triage policy lint return_fraud my-policy.yaml`."""
    card = domain_named(domain)
    path = file or card.policy_file
    policy = read_policy(card, path)
    document = policy.document
    out.print(
        f"{path.name}: version {policy.version}, {len(document.controls)} controls, "
        f"{len(document.override_rules)} override rules, {len(document.routes)} routes: no problems"
    )


@app.callback()
def _app() -> None:
    """Keep `lint` a sub-command while it is the only one."""
