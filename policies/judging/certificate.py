"""A certificate: what was proven about automatic decisions, on which evidence, and until when it holds."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedSegment:
    """What was proven for one segment.

    threshold: cases with a score (risk, or 1 - probability of the cause) at or below it may be automatic; None: none
    may.
    labels, errors: audited labels at or below the threshold, and how many of them were wrong.
    bound: upper confidence bound of the error rate there, a fraction; passed: share of the segment at or below it.
    reason: why there is no threshold.
    """

    segment: str
    threshold: float | None
    labels: int
    errors: int
    bound: float | None
    passed: float
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Thresholds for one policy version and one model version, with their evidence.

    evidence: where the labels came from, how many, from when to when.
    synthetic: whether the labels are of simulated cases. foreign: why it says nothing of the case at hand.
    stopped: why automation was stopped before the certificate lapsed.
    """

    certificate_id: str
    domain: str
    variant: str | None
    policy_version: str
    model_version: str
    of: str
    alpha: float
    delta: float
    margin: float
    certified_at: datetime
    lapses_at: datetime
    segments: Mapping[str, CertifiedSegment]
    evidence: Mapping[str, Any]
    stopped: str | None = None
    synthetic: bool = False
    foreign: str | None = None

    def for_case(self, *, synthetic: bool) -> "Certificate":
        """Return the certificate as it stands for a real or a simulated case: it says nothing of the other kind."""
        if synthetic == self.synthetic:
            return self
        rests, case = ("simulated", "real") if self.synthetic else ("real", "simulated")
        return replace(self, foreign=f"the certificate rests on {rests} cases, and this one is {case}")

    def refusal(
        self, segment: str, score: float, *, policy_version: str, model_version: str, now: datetime
    ) -> str | None:
        """Return why a case of this segment and score may not be automatic; None when it may."""
        if self.foreign is not None:
            return self.foreign
        if self.stopped is not None:
            return f"automation is stopped: {self.stopped}"
        if now >= self.lapses_at:
            return f"the certificate lapsed on {self.lapses_at:%Y-%m-%d}"
        if self.policy_version != policy_version:
            return f"policy {policy_version} is not certified yet"
        if self.model_version != model_version:
            return f"model {model_version} is not certified yet"
        found = self.segments.get(segment)
        if found is None or found.threshold is None:
            why = found.reason if found is not None and found.reason else "no labels"
            return f"segment {segment} is not certified: {why}"
        if score > found.threshold:
            return f"{score:.2%} is above the certified {found.threshold:.2%} of segment {segment}"
        return None
