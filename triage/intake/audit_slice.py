"""The audit slice: which automatic decisions a person checks without seeing what was decided.

Chance comes from the case id: 122 random bits that this service makes once the case is judged and before anybody has
seen an answer. No caller chooses it, learns it in time, or gets a second one for the same submission, so nobody outside
can steer who is audited; and as the id stays with the case, anybody inside can draw again and see that the draw was
honest.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from policies.document.document import AuditSlice, Disposition

AUDIT: Final = "audit"
DRAWN_FOR_AUDIT: Final = "audit slice"
KEPT_WHEN_THINNED: Final = "thinning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """Whether a decision is audited. propensity: its probability, in (0, 1]; None for a decision that is never
    drawn."""

    propensity: float | None
    sampled: bool


NOT_DRAWN: Final = Draw(propensity=None, sampled=False)


def uniform_draw(case_id: str, purpose: str = DRAWN_FOR_AUDIT) -> float:
    """Put a case at a point in [0, 1) that depends on nothing but its id; the points of two purposes have nothing in
    common."""
    return int.from_bytes(hashlib.sha256(f"{purpose}:{case_id}".encode()).digest()[:8], "big") / 2**64


def draw(case_id: str, disposition: Disposition, audit: AuditSlice | None) -> Draw:
    """Draw an automatic decision with the policy's share; any other is seen by a person anyway."""
    if audit is None or disposition is not Disposition.AUTO:
        return NOT_DRAWN
    return Draw(propensity=audit.share, sampled=uniform_draw(case_id) < audit.share)
