"""How many of the newest cases were unlike what is proven, and so went to people."""

from typing import Final

from sqlalchemy import Connection, case, func, select

from policies.judging.policy import Policy
from triage.db.schema import cases, decisions
from triage.intake.data_quality import UNLIKE_CODE

MAX_LOOKED_AT: Final = 1_000
"""Of the newest cases of a domain, so that the count costs the same however many there are."""


def count_unlike(connection: Connection, policy: Policy) -> dict[str, int]:
    """Return of how many of the newest cases a policy decided, and how many of them were unlike what is proven."""
    document = policy.document
    newest = (
        select(cases.c.case_id)
        .where(cases.c.domain == document.domain)
        .order_by(cases.c.seq.desc())
        .limit(MAX_LOOKED_AT)
        .subquery()
    )
    row = connection.execute(
        select(
            func.count(decisions.c.case_id.distinct()).label("cases"),
            func.count(
                case((decisions.c.answer.contains(f'"{UNLIKE_CODE}"', autoescape=True), decisions.c.case_id)).distinct()
            ).label("unlike"),
        )
        .select_from(newest.join(decisions, decisions.c.case_id == newest.c.case_id))
        .where(decisions.c.variant.is_not_distinct_from(document.variant))
    ).one()
    return {"cases": row.cases, "unlike": row.unlike}
