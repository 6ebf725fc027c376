"""What if, as a page: sliders for the error budget and the reviewers' day, and what they would change."""

from typing import Annotated, Any, Final

import yaml
from fastapi import APIRouter, Query
from starlette.responses import Response

from serving.api.domains import EditedDomain
from serving.pages.charts import line_chart
from serving.pages.visit import VisitDep
from serving.transactions import Act, Reads
from triage.domain import Domain
from triage.guarantee.certificates import certify_from_labels
from triage.policy_life import acts
from triage.policy_life.versions import get_version
from triage.policy_life.what_if import simulate

router = APIRouter(include_in_schema=False)
MAX_REPLAYED: Final = 5_000
MAX_CHANGED: Final = 20


@router.get("/policies/{domain}/what-if")
def what_if_page(
    card: EditedDomain,
    visit: VisitDep,
    reads: Reads,
    alpha: Annotated[float | None, Query(gt=0, le=0.5, description="Error budget; left out: that in force")] = None,
    capacity: Annotated[int, Query(ge=10, le=400, description="Reviewers' minutes a day, percent of today's")] = 100,
) -> Response:
    """Show what another budget or another capacity would change, on the newest stored cases; nothing is changed."""
    with visit.service.what_ifs.turn(), reads() as act:
        document = act.policies[card.name].document
        budget = document.error_budget
        found = _replay(act, card, alpha=alpha, capacity=capacity)
    return visit.page(
        "what_if.html", wide=True, domain=card, found=found, capacity=capacity,
        alpha=alpha or (budget.alpha if budget is not None else None),
        alpha_in_force=budget.alpha if budget is not None else None, most=MAX_REPLAYED,
        chart=line_chart(
            [(point["straight_through_rate"], point["expected_cost"]) for point in found["curve"]],
            marks=[("today", found["stored"]), ("then", found["draft"])],
        ),
    )  # fmt: skip


def _replay(act: Act, card: Domain, *, alpha: float | None, capacity: int) -> dict[str, Any]:
    """Replay the policy in force with another budget and another day, given the certificate it would get."""
    live = act.policies[card.name]
    written = yaml.safe_load(get_version(act.connection, card.name, live.version).document)
    if alpha is not None and written.get("error_budget"):
        written["error_budget"]["alpha"] = alpha
    for queue in written.get("queues", {}).values():
        if queue.get("minutes_per_day") is not None:
            queue["minutes_per_day"] = queue["minutes_per_day"] * capacity / 100
    draft = acts.read_draft(act.connection, card, yaml.safe_dump(written, allow_unicode=True), name="what if")
    version, certificate = act.service.champions.version(card.name), None
    if draft.document.error_budget is not None and version is not None:
        try:
            holdout = act.service.champions.store.holdout(version)
        except ConnectionError:
            holdout = None  # the labels of decided cases still count
        certificate = certify_from_labels(
            act.connection, domain=card, policy=draft, policies=act.policies, model_version=version, holdout=holdout,
            now=act.now,
        )  # fmt: skip
    return simulate(
        act.connection, draft, certificate=certificate, in_force=act.policies, now=act.now, limit=MAX_REPLAYED,
        changed_limit=MAX_CHANGED, restricted=act.actor.may("see_restricted", card.name),
    )  # fmt: skip
