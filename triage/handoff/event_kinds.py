"""What can be told to other systems, by name."""

from collections.abc import Mapping
from typing import Final

ALL_EVENTS: Final = "*"
CASE_DECIDED: Final = "case.decided"
CASE_RULED: Final = "case.ruled"
CASE_OUTCOME: Final = "case.outcome"
CASE_DUE_SOON: Final = "case.due_soon"
CASE_LATE: Final = "case.late"
ENDPOINT_TEST: Final = "endpoint.test"
AUDIT_ANCHORED: Final = "audit.anchored"
STEP_CALL: Final = "step.call"
STEP_MESSAGE: Final = "step.message"
STEP_KINDS: Final = frozenset({STEP_CALL, STEP_MESSAGE})
"""Of a route's steps: sent only to the system that the policy names, never to whoever subscribes."""
EVENT_KINDS: Final[Mapping[str, str]] = {
    CASE_DECIDED: "a case was decided: the decision as answered",
    CASE_RULED: "a person's ruling stands: the ruling, and the decision it follows",
    CASE_OUTCOME: "it became known what was true of a case",
    CASE_DUE_SOON: "a stage before the due time of a case that nobody has ruled on: whom it tells, and what it did",
    CASE_LATE: "a stage at the due time or past it: whom it tells, and where the case went",
    ENDPOINT_TEST: "somebody tries whether the endpoint is reached",
    AUDIT_ANCHORED: "the signed end of the audit chain; goes only to the endpoint the settings name",
    STEP_CALL: "a route's step asks this system to do something",
    STEP_MESSAGE: "a route's step writes to whoever reads here",
}
"""Event kinds with what they mean. Fields of a body are only ever added."""
