"""What an answer says of the promise, and what it keeps from those who may not see a restricted queue."""

import functools
import json
from datetime import UTC, datetime

from features.history import History
from models.score import Cause, Score
from policies.judging.policy import Policy, load_policy
from tests.policies.conftest import certificate_for
from tests.triage.conftest import DOMAIN, DOMAINS, override
from triage.champions import Champion
from triage.in_force import InForce
from triage.intake.case import read_case
from triage.intake.decision import Approval
from triage.intake.judgement import judge

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PROMISES = """
error_budget:
  alpha: 0.02
audit:
  queue: OVERRIDE_DESK
four_eyes:
  - id: E-1
    title: Two people decide on dear items
    when: listed_price > large
"""


class Scorer:
    """Says the same of every case."""

    version, recipe, attributes = "price_override/1", DOMAIN.recipe, ()

    def score(self, rows, texts, *, reasons=True):
        first = Cause(label="price_match", probability=1.0)
        return [Score(causes=(first,), risk=0.01, impact=10.0, reasons=(), model_version=self.version) for _ in texts]


@functools.cache
def policy(more: str = PROMISES) -> Policy:
    text = DOMAIN.policy_file.read_text(encoding="utf-8") + more
    return load_policy(text, name="p.yaml", recipe=DOMAIN.recipe, causes=tuple(DOMAIN.heads.labels))


def answer(of: Policy, *, certified: bool = True, **payload):
    case = read_case(override(**payload), domains=DOMAINS, policies=InForce({DOMAIN.name: of}), now=NOW)
    champion = Champion(scorer=Scorer(), reason=None, registry="ok")
    certificate = certificate_for(of, model_version=Scorer.version) if certified else None
    history = History(DOMAIN.recipe.trails)
    judged = judge(
        [case],
        domain=DOMAIN,
        champion=champion,
        policy_for=lambda case: of,
        history=history,
        now=NOW,
        certificate_for=lambda policy: certificate,
    )
    return judged[0].decision


def test_a_certified_case_goes_straight_through_and_names_its_certificate() -> None:
    told = answer(policy())
    assert (told.disposition, told.segment, told.certificate) == ("auto", "all", "certificate-1")
    assert (told.uncertified, told.approval) == (None, None)
    assert [reason.text for reason in told.reasons if reason.code == "certificate"] == [
        "Cases like this, segment all, are certified to go straight through."
    ]


def test_without_a_certificate_it_waits_and_says_why() -> None:
    told = answer(policy(), certified=False)
    assert (told.disposition, told.route.queue, told.certificate) == ("review", "OVERRIDE_DESK", None)
    assert told.uncertified == "there is no certificate for this policy yet"
    assert ("certificate", "Not automatic: there is no certificate for this policy yet.", 0.0) in [(reason.code,
    reason.text, reason.weight) for reason in told.reasons]  # fmt: skip


def test_a_second_person_is_asked_for_by_rule_and_role() -> None:
    told = answer(policy(), listed_price="900.00", charged_price="800.00")
    assert told.approval == Approval(id="E-1", title="Two people decide on dear items", role="approver")
    assert told.disposition == "review"


def test_every_rule_that_decided_is_written_with_the_values_it_read() -> None:
    told = answer(policy(), listed_price="900.00", charged_price="800.00")
    assert json.loads(told.written)["fired"] == [
        {"part": "four_eyes", "id": "E-1", "values": {"listed_price": 900.0, "large": 500.0}},
        {"part": "segments", "id": "all", "values": {}},
        {"part": "priorities", "id": "priorities.1", "values": {"listed_price": 900.0, "large": 500.0}},
        {"part": "routes", "id": "R-DESK", "values": {}},
    ]


def test_who_may_not_see_the_queue_learns_nothing_of_it() -> None:
    told = answer(policy(), listed_price="900.00", charged_price="90.00")
    kept = told.withheld()
    assert told.route.queue == "OVERRIDE_LP"
    assert (kept.fired, kept.segment, kept.certificate, kept.uncertified, kept.approval) == ([], None, None, None,
    None)  # fmt: skip
    assert (kept.disposition, kept.policy_version) == (told.disposition, told.policy_version)
