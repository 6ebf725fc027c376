"""The decision on a case: one type for the API, stored answers, batch files, pages and replays."""

from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from policies.document.document import Disposition
from policies.document.parts import Level

HELD: Final = "Hold; a person decides."


def _open_schema(schema: dict[str, Any]) -> None:
    # Whoever reads an answer must bear a field that comes later.
    schema.pop("additionalProperties", None)


Moment = Annotated[
    datetime,
    PlainSerializer(datetime.isoformat, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""An instant, written in UTC with its offset."""


class Part(BaseModel):
    """A part of an answer. Whoever writes one must declare every field it has."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_open_schema)


class Alternative(Part):
    """Another cause and its probability."""

    label: str
    probability: float


class DecidedCause(Part):
    """The likeliest cause. probability: null where no model spoke."""

    label: str | None
    probability: float | None
    alternatives: list[Alternative]


class DecidedRoute(Part):
    """Who handles a case, and by when; queue, owner_role and sla_due_at are null where nobody has to."""

    queue: str | None
    owner_role: str | None
    sla_due_at: Moment | None
    action: str | None
    rule: str | None


class DecidedReason(Part):
    """A reason of the decision. weight: what it adds to the log-odds of the risk, 0 where it is no feature's."""

    code: str
    text: str
    weight: float


class ControlHit(Part):
    """A control or override rule that fired, with what it read."""

    id: str
    title: str
    raise_to: Disposition
    queue: str | None
    values: dict[str, Any]


class FiredRule(Part):
    """A rule that fired, with the part of the policy it stands in and what it read."""

    part: str
    id: str
    values: dict[str, Any]


class Approval(Part):
    """The four-eyes rule by which a second person approves the first one's ruling."""

    id: str
    title: str
    role: str


_NO_CAUSE: Final = DecidedCause(label=None, probability=None, alternatives=[])


class SimilarCase(Part):
    """A resolved case like this one, and how it ended, as far as that was known by the case's `as_of`."""

    case_id: Annotated[str | None, Field(description="null for a backfilled case")]
    exception_id: str
    cause: Annotated[str | None, Field(description="What turned out to be the cause; null where nobody said")]
    wrong: Annotated[bool, Field(description="Whether acting straight through would have been wrong")]
    source: Annotated[str, Field(description="outcome, resolution, audit or backfill")]
    known_at: Moment
    shared: Annotated[list[str], Field(description="The kinds of entity both are of, such as supplier or customer")]
    likeness: Annotated[float, Field(ge=0, le=1, description="By entities, figures and text")]


class Decision(Part):
    """What was decided on a case, by which versions, and why. What a caller may not see is null or empty."""

    case_id: Annotated[str | None, Field(description="null where nothing was stored")]
    domain: str
    exception_id: str
    disposition: Annotated[Disposition | None, Field(description="null while the case's blind audit is open")]
    cause: DecidedCause
    risk: Annotated[
        float | None, Field(description="Probability in [0, 1] that acting straight through would be wrong")
    ]
    impact: Annotated[float | None, Field(description="Expected loss if it is wrong, in `currency`")]
    expected_loss: Annotated[float | None, Field(description="risk x impact, in `currency`")]
    danger_likeness: Annotated[
        float | None,
        Field(
            ge=0, le=1, description="How much the free text reads like a danger to people; null where nobody can tell"
        ),
    ] = None
    currency: str
    priority: Level | None
    recommended_action: str | None
    route: DecidedRoute
    reasons: list[DecidedReason]
    controls: list[ControlHit]
    fired: list[FiredRule] = []
    segment: Annotated[
        str | None, Field(description="Part of the business that is certified by itself; null without an error budget")
    ] = None
    certificate: Annotated[
        str | None, Field(description="The certificate that was asked; null where nothing would be automatic anyway")
    ] = None
    uncertified: Annotated[
        str | None, Field(description="Why the case is not automatic although nothing else stands against it")
    ] = None
    approval: Approval | None = None
    similar_cases: Annotated[
        list[SimilarCase],
        Field(description="Resolved cases most like it, with how they ended; none for automatic ones"),
    ] = []
    model_version: str | None
    policy_version: str | None
    fallback: Annotated[str | None, Field(description="Why no model spoke; null when one did")]
    audit_sample: bool
    decided_at: Moment

    @cached_property
    def written(self) -> bytes:
        """The decision as JSON, written once: stored, delivered, hashed and answered."""
        return self.model_dump_json().encode()

    @classmethod
    def read(cls, written: str | bytes) -> "Decision":
        """Read a stored decision; a field that decisions no longer have is left out."""
        return cls.model_validate_json(written, extra="ignore")

    def withheld(self) -> "Decision":
        """Return the decision without what only those may know who may see its queue: that the case is held, and no
        more."""
        held = DecidedRoute(queue=None, owner_role=None, sla_due_at=None, action=HELD, rule=None)
        kept = {name: getattr(self, name) for name in Decision.model_fields if name not in _NOTHING_OF_WHY}
        return Decision.model_validate(kept | _NOTHING_OF_WHY | {"recommended_action": HELD, "route": held})

    def blinded(self) -> "Decision":
        """Return the decision as somebody sees it who is to judge the case with open eyes.

        Written as the few things that may be shown, so that whatever is added to a decision later stays hidden by
        itself.
        """
        return Decision(
            case_id=self.case_id,
            domain=self.domain,
            exception_id=self.exception_id,
            currency=self.currency,
            decided_at=self.decided_at,
            audit_sample=True,
            disposition=None,
            cause=_NO_CAUSE,
            risk=None,
            impact=None,
            expected_loss=None,
            priority=None,
            recommended_action=None,
            route=DecidedRoute(queue=None, owner_role=None, sla_due_at=None, action=None, rule=None),
            reasons=[],
            controls=[],
            model_version=None,
            policy_version=None,
            fallback=None,
        )


_NOTHING_OF_WHY: Final[dict[str, Any]] = {
    "cause": _NO_CAUSE,
    "risk": None,
    "impact": None,
    "expected_loss": None,
    "danger_likeness": None,
    "reasons": [],
    "controls": [],
    "fired": [],
    "segment": None,
    "certificate": None,
    "uncertified": None,
    "approval": None,
    "similar_cases": [],
}
