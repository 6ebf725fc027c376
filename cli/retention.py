"""`triage retention`: forgetting what is older than it is kept."""

from datetime import timedelta
from typing import Annotated

import typer

from cli.console import fail, show
from cli.options import AsJson
from cli.options import settings as read_settings

app = typer.Typer(help="What is kept, and for how long.", no_args_is_help=True)


@app.command("run")
def retention_run(
    days: Annotated[
        float | None, typer.Option(help="Keep cases this long; left out: TRIAGE_RETENTION_DAYS", min=366)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Forget now what is older than it is kept, as a worker does every day: `triage retention run`."""
    from triage.clock import utc_now
    from triage.db.database import open_engine
    from triage.domains import domains
    from triage.review.case_retention import SLACK, forget, require_long_enough

    settings = read_settings()
    kept = days if days is not None else settings.retention_days
    if kept is None:
        fail("nothing says how long cases are kept: set TRIAGE_RETENTION_DAYS, or give --days")
    if settings.retention_days is None or kept < settings.retention_days:
        # What is forgotten must count as never seen in every process, or decisions would depend on when this ran.
        fail(f"--days {kept:g} needs TRIAGE_RETENTION_DAYS of at most that, for every process that serves")
    registered = domains(settings.domain_modules)
    require_long_enough(kept, registered)
    engine = open_engine(settings.database)
    found = forget(engine.begin, registered, now=utc_now(), days=kept)
    engine.dispose()
    show(
        {"kept_days": kept + SLACK / timedelta(days=1), "cases": found.cases, "past_cases": found.past_cases},
        as_json=as_json,
        title="forgotten",
    )


@app.callback()
def _app() -> None:
    """Keep `run` a sub-command while it is the only one."""
