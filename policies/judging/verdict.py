"""What policy makes of one case: the verdict, the rules that fired, and the values they read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.score import Reason, Score
from policies.document.document import Disposition, FourEyes
from policies.document.parts import Level
from policies.judging.case_clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A control, override rule or floor that fired, with the values it read."""

    id: str
    title: str
    raise_to: Disposition
    queue: str | None
    action: str | None
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """A rule of any part of the document that had its say, with the values it read.

    part: as in the document ("controls", "fallback_rules", …); id: the rule's own, else its place in the list from 1.
    """

    part: str
    id: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Who handles a case by when. rule: the route it follows; queue, owner_role and clock are None where nobody has
    to."""

    rule: str
    queue: str | None
    owner_role: str | None
    clock: Clock | None
    action: str

    @property
    def sla_due_at(self) -> datetime | None:
        """When it is due."""
        return self.clock.due_at() if self.clock is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What policy made of one case.

    cause, risk, impact: from the score; under a fallback the rule's cause, and no risk or impact.
    floors: the fallback rules that hold beside a model as well and did.
    route: who handles it by when; sent_to: the queue that a control, an override or a fallback rule names, which comes
        before the one of the cause; None where none does.
    fallback: why no model spoke, None when one did.
    fired: every rule that decided something.
    segment: of the error budget, None where the policy has none.
    certificate_id: the certificate that was asked because nothing else stood against acting straight through.
    uncertified: why that certificate, or its absence, did not allow it; None where it did or was not asked.
    approval: the four-eyes rule that wants a second person, the one with the strictest role where several do.
    saved_per_minute: expected cost in the reporting currency that a minute of review saves; 0 without a task or a
    score.
    holds: the answers to all conditions, one bit each in the order of `Policy.conditions`, first in the highest bit
        (`numpy.packbits`); a condition that failed is 0.
    """

    disposition: Disposition
    cause: str
    score: Score | None
    priority: Level
    reasons: tuple[Reason, ...]
    controls: tuple[Hit, ...]
    overrides: tuple[Hit, ...]
    floors: tuple[Hit, ...]
    route: Assignment
    sent_to: str | None
    fallback: str | None
    fired: tuple[Fired, ...] = ()
    segment: str | None = None
    certificate_id: str | None = None
    uncertified: str | None = None
    approval: FourEyes | None = None
    saved_per_minute: float = 0.0
    holds: bytes = b""
