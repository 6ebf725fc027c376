"""Figures of blind audits."""

from typing import Annotated

from pydantic import ConfigDict, Field

from serving.api.schemas.base import Answer, Body
from triage.intake.decision import Moment
from triage.review.known_cases import MAX_SEEDED


class SeedBody(Body):
    """How many known cases to put among the audits."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"count": 5}]})

    count: Annotated[int, Field(ge=1, le=MAX_SEEDED)]


class SeededCases(Answer):
    """How many there were to put there."""

    seeded: int


class AgreedShare(Answer):
    """A share with its exact interval of 95 % (Clopper-Pearson)."""

    share: Annotated[float | None, Field(description="null: of nothing")]
    low: float
    high: float
    of: int


class KappaOfCauses(Answer):
    """Cohen's kappa over causes, with its interval of 95 %."""

    value: Annotated[float | None, Field(description="null: both always say the same one cause, or nothing")]
    low: float | None
    high: float | None
    pairs: int
    agreed: int


class MatrixCell(Answer):
    """Audits of which the service decided one cause and a person ruled one."""

    decided: str
    ruled: str
    audits: int


class AuditorQuality(Answer):
    """One person's audits."""

    name: str
    audits: int
    agreement: Annotated[AgreedShare, Field(description="With what was decided: cause, and that it was right")]
    kappa: KappaOfCauses
    known: Annotated[AgreedShare, Field(description="Of cases with a known answer, those ruled on as known")]


class AuditQuality(Answer):
    """What blind audits say of decisions and of people."""

    domain: str
    since: Moment
    audits: int
    known: int
    kappa: KappaOfCauses
    agreement: AgreedShare
    matrix: list[MatrixCell]
    reviewers: list[AuditorQuality]
