"""The engine: judges cases of all domains, each by its champion, the policy its envelope chooses, and what is
remembered.

Used by one thread at a time, as the entity histories it keeps in memory are.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy import Connection, Engine

from features.recipe import Recipe
from policies.document.document import Disposition
from policies.judging.certificate import Certificate
from policies.judging.policy import Policy
from triage.champions import Champions
from triage.domain import Domain
from triage.in_force import InForce
from triage.intake.case import Case
from triage.intake.doubles import find_doubles
from triage.intake.histories import Histories
from triage.intake.judgement import Judgement, Likeness, judge, no_likeness
from triage.intake.similar_cases import find_similar

log = structlog.get_logger(__name__)


class CaseEngine:
    """Judges cases with the entity histories in memory. certificates: the newest of a policy, None where it has
    none."""

    def __init__(
        self,
        domains: Mapping[str, Domain],
        champions: Champions,
        *,
        certificates: Callable[[Policy], Certificate | None],
        histories: Histories,
        likeness: Likeness = no_likeness,
    ) -> None:
        self._domains = domains
        self._champions = champions
        self._certificates = certificates
        self._histories = histories
        self._likeness = likeness

    def catch_up(self, connection: Connection, domain: str) -> None:
        """Read what the database knows of a domain's past and the memory does not."""
        self._histories.of(connection, self._domains[domain], self._champions.current(domain)).catch_up(connection)

    def freeze_backlog(self, engine: Engine, domain: str) -> None:
        """Freeze what a start would otherwise read into memory, where that is much."""
        self._histories.freeze_backlog(engine, self._domains[domain], self._champions.current(domain))

    def judge(
        self, connection: Connection, cases: Sequence[Case], *, in_force: InForce, now: datetime
    ) -> list[Judgement]:
        """Judge cases of any domains, in their order."""
        doubles = find_doubles(connection, cases, self._domains)
        cases = [case.held_for(reasons) if reasons else case for case, reasons in zip(cases, doubles, strict=True)]
        by_domain: dict[str, list[int]] = {}
        for at, case in enumerate(cases):
            by_domain.setdefault(case.domain, []).append(at)
        judged: dict[int, Judgement] = {}
        for name, members in by_domain.items():
            champion = self._champions.current(name)
            history = self._histories.of(connection, self._domains[name], champion)
            history.catch_up(connection)
            judgements = judge(
                [cases[at] for at in members],
                domain=self._domains[name],
                champion=champion,
                policy_for=lambda case: in_force.for_case(case.domain, case.envelope),
                certificate_for=self._certificates,
                history=history.history,
                likeness=self._likeness,
                own_facts=history.own_facts(connection, [cases[at] for at in members]),
                now=now,
            )
            judgements = self._with_similar(connection, judgements, in_force, history.recipe)
            judged.update(zip(members, judgements, strict=True))
        return [judged[at] for at in range(len(cases))]

    def _with_similar(
        self, connection: Connection, judgements: Sequence[Judgement], in_force: InForce, recipe: Recipe
    ) -> list[Judgement]:
        """Name resolved cases beside those that a person will see."""
        seen = [at for at, one in enumerate(judgements) if one.verdict.disposition is not Disposition.AUTO]
        found = list(judgements)
        if seen:
            queues = in_force.queues(judgements[0].case.domain)
            similar = find_similar(
                connection,
                [judgements[at] for at in seen],
                recipe,
                restricted=[name for name, queue in queues.items() if queue.restricted],
            )
            for at, names in zip(seen, similar, strict=True):
                found[at] = replace(judgements[at], similar=names)
        return found

    def remember(self, judgements: Sequence[Judgement], arrivals: Sequence[int]) -> None:
        """Add committed cases to the history; where that fails it is read anew, for the cases are stored and
        answered."""
        for judgement, arrival in zip(judgements, arrivals, strict=True):
            case = judgement.case
            history = self._histories.get(case.domain)
            if history is None:
                continue
            try:
                history.add_case(arrival, case.exception_id, judgement.fact)
            except Exception:
                log.exception("history_not_extended", domain=case.domain)
                self._histories.drop(case.domain)
