"""From a judgement to what is written of it: the draw for audit, the answer, the task."""

from dataclasses import dataclass
from datetime import datetime

from triage.intake.audit_slice import draw
from triage.intake.judgement import Judgement, write_answer
from triage.intake.store import Judged
from triage.intake.task import first_task


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A committed case: what was judged, under which id."""

    case_id: str
    judgement: Judgement


def recorded(judgement: Judgement, *, case_id: str, submitted_by: str, now: datetime) -> Judged:
    """Make a judgement ready to be written under an id that nobody outside knew before."""
    verdict, document = judgement.verdict, judgement.policy.document
    drawn = draw(case_id, verdict.disposition, document.audit)
    task = first_task(case_id, verdict=verdict, route=judgement.route, draw=drawn, document=document, now=now)
    return Judged(
        case_id=case_id,
        case=judgement.case,
        features=judgement.features,
        verdict=verdict,
        variant=document.variant,
        draw=drawn,
        task=task,
        answer=write_answer(judgement, case_id=case_id, now=now, audit_sample=drawn.sampled),
        submitted_by=submitted_by,
    )
