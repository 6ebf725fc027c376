"""The sample step of `triage up`: a few hundred exceptions of all domains through the public API, once, into an empty
queue."""

import sys
import urllib.request
from typing import Any, Final

import orjson
from sqlalchemy import func, select

from cli.console import err
from cli.prepare import sample_file
from triage.clock import utc_now
from triage.db.audit_chain import audit
from triage.db.database import open_engine, reading
from triage.db.schema import cases
from triage.domains import domains
from triage.identity.access import create_key, grant, revoke_key
from triage.settings import Settings

_KEY: Final = "demo-feed"


def feed(settings: Settings) -> int:
    """Send the sample cases of every domain that has some; returns how many were taken."""
    engine = open_engine(settings.database)
    with reading(engine) as connection:
        if connection.execute(select(func.count()).select_from(cases)).scalar_one():
            return 0
    name = f"{_KEY}-{utc_now():%Y%m%d%H%M%S}"
    with engine.begin() as connection:
        secret = create_key(connection, name, now=utc_now())
        grant(connection, f"key:{name}", "service", None)
        audit(connection, actor="system:up", verb="create_key", case_id=None, detail={"name": name}, now=utc_now())
    taken = 0
    try:
        for domain in domains(settings.domain_modules).values():
            file = sample_file(settings, domain.name)
            if file.exists():
                taken += _send(settings, secret, orjson.loads(file.read_bytes()))
    finally:
        # The key was only for this: what is not needed any more is not left lying about.
        with engine.begin() as connection:
            revoke_key(connection, name, now=utc_now())
            audit(connection, actor="system:up", verb="revoke_key", case_id=None, detail={"name": name}, now=utc_now())
    return taken


def _send(settings: Settings, secret: str, raws: list[Any]) -> int:
    request = urllib.request.Request(
        f"http://{settings.host}:{settings.port}/v1/cases/batch",
        data=orjson.dumps(raws),
        headers={"Authorization": f"Bearer {secret}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=120) as response:
        answers = orjson.loads(response.read())
    return sum(answer["status"] == 201 for answer in answers["answers"])


if __name__ == "__main__":
    count = feed(Settings())
    if count:
        err.print(f"{count} sample exceptions (synthetic) were triaged through the API")
    sys.exit(0)
