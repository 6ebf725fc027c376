"""Intake: the whole recipe from submission to answer.

One thread takes what has gathered, judges it and commits it together; every caller gets its answer after that commit.
One thread is enough because the work is computing, and it needs no locks around the history.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any, Final

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from policies.document.lookups import Lookup
from policies.judging.certificate import Certificate
from policies.judging.policy import Policy
from triage.champions import Champions
from triage.db.database import reading
from triage.domain import Domain
from triage.errors import TriageError, UnavailableError
from triage.handoff.callbacks import require_callback
from triage.handoff.inbox import Receipt, keep_receipts
from triage.identity.access import Principal
from triage.ids import new_id
from triage.in_force import InForce
from triage.intake.answer import Answer, repeated, shown
from triage.intake.case import Case, read_case
from triage.intake.doubles import save_claims
from triage.intake.engine import CaseEngine
from triage.intake.histories import Histories
from triage.intake.judgement import Judgement, Likeness, no_likeness, uncertified
from triage.intake.line import Line, Submission, Turn, Waiting
from triage.intake.looking_up import Looked, Lookups, wanted
from triage.intake.similar_cases import save_entities
from triage.intake.store import Stored, find_stored, save

log = structlog.get_logger(__name__)
_RETRIES: Final = 3


class Intake:
    """Takes submissions, in groups that share one commit."""

    def __init__(
        self,
        *,
        engine: Engine,
        domains: Mapping[str, Domain],
        policies: Callable[[datetime], InForce],
        champions: Champions,
        clock: Callable[[], datetime],
        group_cases: int,
        after_commit: Callable[[Sequence[Judgement]], None] | None = None,
        certificates: Callable[[Policy], Certificate | None] = uncertified,
        histories: Histories | None = None,
        likeness: Likeness = no_likeness,
        lookups: Lookups | None = None,
        max_waiting_cases: int = 4_000,
        max_waiting_seconds: float = 2.0,
    ) -> None:
        self._lookups = lookups
        self._engine = engine
        self._domains = domains
        self._policies = policies
        self._in_force = policies(clock())
        self._judging = CaseEngine(
            domains,
            champions,
            certificates=certificates,
            histories=histories or Histories(None),
            likeness=likeness,
        )
        self._clock = clock
        self._group_cases = group_cases
        self._after_commit = after_commit
        self._line = Line(max_waiting_cases, max_waiting_seconds)
        self._thread = threading.Thread(target=self._work, name="intake", daemon=True)
        self._stopped = False
        self._ready_to_judge = threading.Event()

    def start(self) -> None:
        """Begin taking submissions; the first are answered once the entity history is in memory."""
        self._thread.start()

    @property
    def is_ready(self) -> bool:
        """Return whether the entity history is in memory."""
        return self._ready_to_judge.is_set() and self._thread.is_alive()

    def waiting(self) -> tuple[int, float]:
        """Return how many cases wait to be judged, and how long the oldest has, in seconds."""
        return self._line.waiting()

    def stop(self) -> None:
        """Answer what has been taken, then stop."""
        self._stopped = True
        self._line.close()
        if self._thread.is_alive():
            self._thread.join(timeout=30)

    def submit(self, raws: Sequence[Any], *, actor: Principal) -> list[Answer]:
        """Take submissions and wait until they are decided and committed; one answer each, in order."""
        return self.submit_later(raws, actor=actor).result()

    def submit_later(self, raws: Sequence[Any], *, actor: Principal) -> Future[list[Answer]]:
        """Take submissions and promise one answer each, in order, once they are decided and committed."""
        return self._enqueue([Submission(raw, actor, True) for raw in raws])

    def submit_message(self, raw: Any, receipt: Receipt, *, actor: Principal) -> Future[list[Answer]]:
        """Take the submission of a message, and promise its answer once case and receipt are committed together.

        Only what is stored, or was before with the same content, leaves a receipt: what is refused may come again.
        """
        return self._enqueue([Submission(raw, actor, True, receipt=receipt)])

    def preview(self, raw: Any, *, actor: Principal) -> Answer:
        """Judge a submission without storing it."""
        return self.preview_later(raw, actor=actor).result()[0]

    def preview_later(self, raw: Any, *, actor: Principal) -> Future[list[Answer]]:
        """Promise the judgement of a submission that is not stored."""
        if isinstance(raw, dict) and "exception_id" not in raw:
            raw = raw | {"exception_id": "preview"}
        return self._enqueue([Submission(raw, actor, False)])

    def _enqueue(self, submissions: Sequence[Submission]) -> Future[list[Answer]]:
        if self._stopped:
            raise UnavailableError("the service is stopping; send the case again to another or later")
        waiting = Waiting(submissions, Future())
        # From here on it cannot be cancelled: what was taken is decided, whether or not anybody still listens.
        waiting.answers.set_running_or_notify_cancel()
        if self._lookups is None or not self._look_up_first(waiting, self._lookups):
            self._line.put(waiting)
        return waiting.answers

    def _look_up_first(self, waiting: Waiting, lookups: Lookups) -> bool:
        """Ask sources what submissions lack, and let them wait in line afterwards; False where none lacks anything."""
        needed = [self._needed(submission) for submission in waiting.submissions]
        if not any(needed):
            return False

        def looked(found: Future[list[Looked]]) -> None:
            try:
                for submission, one in zip(waiting.submissions, found.result(), strict=True):
                    submission.looked = one
            except Exception:
                # The sources are not worth a case: it is judged without them.
                log.exception("lookups_failed")
            try:
                self._line.put(waiting)
            except TriageError as error:
                waiting.answers.set_exception(error)

        lookups.start_looking(needed).add_done_callback(looked)
        return True

    def _needed(self, submission: Submission) -> list[tuple[Lookup, tuple[str, ...]]]:
        raw = submission.raw
        domain = raw.get("domain") if isinstance(raw, dict) else None
        if submission.looked is not None or not isinstance(domain, str) or domain not in self._domains:
            return []
        # In force now, not when the group before was judged, which on a quiet day was before the last publication.
        in_force = self._policies(self._clock())
        if not any(policy.document.lookups for policy in in_force.policies(domain)):
            return []
        policy = in_force.for_case(domain, raw)
        return wanted(policy.document.lookups, raw) if submission.actor.may("submit", domain) else []

    def judge_again(self, raw: Any, looked: Looked, *, actor: Principal) -> tuple[Answer, Judgement | None]:
        """Judge a stored case once more with what became known; nothing is written."""
        submission = Submission(raw, actor, False, looked=looked)
        return self._enqueue([submission]).result()[0], submission.judgement

    def _remember(self) -> None:
        """Read the entity history; what cannot be read now is read before the first case that needs it."""
        try:
            for domain in self._domains:
                if self._stopped:
                    return
                self._judging.freeze_backlog(self._engine, domain)
                with reading(self._engine) as connection:
                    self._judging.catch_up(connection, domain)
        except Exception:
            # Whatever is wrong with the past, the thread that takes cases must live: each case then says what failed.
            log.exception("history_not_read")
        self._ready_to_judge.set()

    def _work(self) -> None:
        self._remember()
        while parts := self._line.take(self._group_cases):
            self._answer(parts)

    def _answer(self, parts: Sequence[Turn]) -> None:
        """Answer a group; what fails as a whole is tried part by part, so that nobody pays for another's case."""
        try:
            self._take([submission for part in parts for submission in part.submissions])
        except Exception as error:
            if len(parts) > 1:
                for part in parts:
                    self._answer([part])
                return
            log.exception("intake_failed")
            cause = "the database did not take it" if isinstance(error, SQLAlchemyError) else "it could not be judged"
            self._failed(parts[0], UnavailableError(f"nothing was stored: {cause}; send it again"))
            return
        for part in parts:
            for submission in part.submissions:
                submission.answer = self._shown(submission)
            self._finish(part.waiting)

    def _failed(self, part: Turn, error: UnavailableError) -> None:
        """Answer what failed; of a batch, what was stored before is, and each case says what became of it."""
        if len(part.submissions) == len(part.waiting.submissions):
            part.waiting.answers.set_exception(error)
            return
        for submission in part.submissions:
            submission.answer = Answer.refusing(error)
        self._finish(part.waiting)

    def _finish(self, waiting: Waiting) -> None:
        """Keep the promise once the last part is answered."""
        if all(submission.answer is not None for submission in waiting.submissions):
            waiting.answers.set_result([submission.answer for submission in waiting.submissions if submission.answer])

    def _take(self, submissions: Sequence[Submission]) -> None:
        """Read, judge and commit submissions, and set the answer of each."""
        now = self._clock()
        # One look for the whole group: what is swapped in meanwhile decides the next one.
        self._in_force = self._policies(now)
        for submission in submissions:
            self._read(submission, now)
        read = [submission for submission in submissions if submission.case is not None]
        self._store([submission for submission in read if submission.store], now)
        self._preview([submission for submission in read if not submission.store], now)

    def _read(self, submission: Submission, now: datetime) -> None:
        submission.case = submission.answer = None
        try:
            case = read_case(
                submission.raw, domains=self._domains, policies=self._in_force, now=now, looked=submission.looked
            )
            submission.actor.require("submit", case.domain)
            self._check_callback(case)
        except TriageError as error:
            submission.answer = Answer.refusing(error)
        else:
            submission.case = case

    def _check_callback(self, case: Case) -> None:
        """Raise InvalidError for a callback address that no endpoint covers, so that nobody can make the service call
        it."""
        url = case.envelope.get("callback_url")
        if url is not None:
            with reading(self._engine) as connection:
                require_callback(connection, url)

    def _shown(self, submission: Submission) -> Answer:
        assert submission.answer is not None
        if submission.case is None:
            return submission.answer
        return shown(submission.answer, submission.actor, self._in_force)

    def _preview(self, submissions: Sequence[Submission], now: datetime) -> None:
        if not submissions:
            return
        with reading(self._engine) as connection:
            judgements = self._judge(connection, submissions, now)
        for submission, judgement in zip(submissions, judgements, strict=True):
            submission.answer = Answer(status=200, decision=judgement.decision)
            submission.judgement = judgement

    def _store(self, submissions: Sequence[Submission], now: datetime) -> None:
        if not submissions:
            return None
        for attempt in range(_RETRIES):
            try:
                return self._store_once(submissions, now)
            except IntegrityError:
                # Another replica stored one of these ids in the meantime: look again, and answer with its decision.
                if attempt == _RETRIES - 1:
                    raise
        raise AssertionError("unreachable")

    def _store_once(self, submissions: Sequence[Submission], now: datetime) -> None:
        # Judged before the transaction that writes, so that reviewers' writes never wait for a model.
        with reading(self._engine) as connection:
            known = find_stored(connection, [_key(submission) for submission in submissions])
            fresh: dict[tuple[str, str], Submission] = {}
            for submission in submissions:
                if _key(submission) not in known:
                    fresh.setdefault(_key(submission), submission)
            judgements = self._judge(connection, list(fresh.values()), now)
        judged = [
            judgement.recorded(case_id=new_id(), submitted_by=submission.actor.name)
            for judgement, submission in zip(judgements, fresh.values(), strict=True)
        ]
        receipts = [each.receipt for each in submissions if each.receipt is not None and _is_same(each, fresh, known)]
        arrivals: list[int] = []
        if judged or receipts:
            with self._engine.begin() as connection:
                if judged:
                    arrivals = save(connection, judged)
                    save_claims(connection, [one.case for one in judged], self._domains)
                    save_entities(connection, judged)
                keep_receipts(connection, receipts, now=now)
            self._judging.remember(judged, arrivals)
        if self._after_commit is not None:
            self._after_commit(judged)
        known |= {key: Stored.of(one) for key, one in zip(fresh, judged, strict=True)}
        for submission in submissions:
            key, case = _key(submission), _case(submission)
            if fresh.get(key) is submission:
                submission.answer = Answer(status=201, decision=known[key].decision)
            else:
                submission.answer = repeated(case, known[key], submission.actor)

    def _judge(self, connection: Connection, submissions: Sequence[Submission], now: datetime) -> list[Judgement]:
        cases = [_case(submission) for submission in submissions]
        return self._judging.judge(connection, cases, in_force=self._in_force, now=now)


def _case(submission: Submission) -> Case:
    assert submission.case is not None
    return submission.case


def _is_same(
    submission: Submission,
    fresh: Mapping[tuple[str, str], Submission],
    known: Mapping[tuple[str, str], Stored],
) -> bool:
    """Check that a submission says what the first one under its exception id says."""
    key = _key(submission)
    first = _case(fresh[key]).content_hash if key in fresh else known[key].content_hash
    return _case(submission).content_hash == first


def _key(submission: Submission) -> tuple[str, str]:
    case = _case(submission)
    return case.domain, case.exception_id
