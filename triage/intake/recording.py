"""From a judgement to what is written of it: the draw for audit, the answer, the task."""

from datetime import datetime

from triage.audit_slice import draw
from triage.judgement import Judgement, write_answer
from triage.store import Judged
from triage.task import first_task


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
