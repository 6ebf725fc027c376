"""Recurring causes: what resolved cases of a window have in common, as clusters named in words.

A cluster is a cause together with the vendor, site or word that goes with it far more often than with other causes. It
is found by counting alone, so each cluster can say why it is one. A job writes them daily; a request reads them.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import Connection, select

from triage.db.database import reading
from triage.db.process_schema import recurring_causes
from triage.db.schema import cases, resolutions, tasks
from triage.domain import Domain
from triage.errors import ForbiddenError
from triage.handoff.jobs import JobLease
from triage.identity.access import Principal
from triage.in_force import InForce
from triage.intake.task import REVIEW
from triage.process.figuring import upsert
from triage.process.forecasting import visible_queues
from triage.process.measures import VENDOR_FIELDS

WINDOW: Final = timedelta(days=28)
MAX_CASES: Final = 4_000
"""Resolved cases of a queue that are looked at, the newest."""
MAX_CLUSTERS: Final = 20
MAX_WORDS: Final = 60
"""Different words of one case that are looked at."""
MAX_EXAMPLES: Final = 5
MAX_NAMED_WORDS: Final = 8
MIN_CASES: Final = 5
MIN_LIFT: Final = 2.0
MIN_EVIDENCE: Final = 10.83
"""Of the log-likelihood ratio: less would come about by chance more than once in a thousand times."""
COMMON: Final = 0.3
"""Share of the cases beyond which a word says nothing."""
_WORD: Final = re.compile(r"[^\W\d_]{4,40}")
_NAMES: Final = {"vendor": "vendor {}", "site": "site {}", "word": "texts that say “{}”"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedCase:
    """A resolved case as far as clusters go by it. marks: pairs of vendor, site or word, and its value."""

    case_id: str
    resolved_at: datetime
    cause: str
    overridden: bool
    marks: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseCluster:
    """What some resolved cases have in common.

    name: in words. cases: of the window; before: of the window before. lift: how many times as often the mark goes with
    this cause as with any. share: of the cause's cases. words: others that these cases say far more often.
    """

    name: str
    cause: str
    kind: str
    value: str
    cases: int
    before: int
    share: float
    lift: float
    evidence: float
    overridden: int
    words: tuple[str, ...]
    examples: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def cluster(found: Sequence[ResolvedCase], *, since: datetime) -> list[CauseCluster]:
    """Find the clusters of the cases resolved since an instant; those before it only say what is new.

    Each case belongs to one cluster at most: to the one with most evidence, which is taken first.
    """
    left = [case for case in found if case.resolved_at >= since]
    before = [case for case in found if case.resolved_at < since]
    clusters: list[CauseCluster] = []
    while len(clusters) < MAX_CLUSTERS:
        best = _strongest(left)
        if best is None:
            break
        cause, mark, evidence, lift = best
        own = [case for case in left if case.cause == cause and mark in case.marks]
        clusters.append(_described(own, left, before, cause, mark, evidence, lift))
        taken = {case.case_id for case in own}
        left = [case for case in left if case.case_id not in taken]
    return sorted(clusters, key=lambda each: (-each.cases, each.name))


def _strongest(found: Sequence[ResolvedCase]) -> tuple[str, tuple[str, str], float, float] | None:
    """Return the cause and mark that go together with most evidence, None where none do."""
    causes = Counter(case.cause for case in found)
    marks = Counter(mark for case in found for mark in case.marks)
    pairs = Counter((case.cause, mark) for case in found for mark in case.marks)
    best: tuple[str, tuple[str, str], float, float] | None = None
    for (cause, mark), together in sorted(pairs.items()):
        if together < MIN_CASES or (mark[0] == "word" and marks[mark] > COMMON * len(found)):
            continue
        lift = together * len(found) / (causes[cause] * marks[mark])
        evidence = log_likelihood_ratio(together, causes[cause], marks[mark], len(found))
        if lift >= MIN_LIFT and evidence >= MIN_EVIDENCE and (best is None or evidence > best[2]):
            best = cause, mark, evidence, lift
    return best


def log_likelihood_ratio(both: int, first: int, second: int, whole: int) -> float:
    """Return how much two things that cases have go together beyond chance (Dunning's G²): 0 for not at all."""
    cells = (both, first - both, second - both, whole - first - second + both)
    expected = (
        first * second / whole, first * (whole - second) / whole, (whole - first) * second / whole,
        (whole - first) * (whole - second) / whole,
    )  # fmt: skip
    return 2 * sum(seen * math.log(seen / wanted) for seen, wanted in zip(cells, expected, strict=True) if seen > 0)


def _described(
    own: Sequence[ResolvedCase],
    among: Sequence[ResolvedCase],
    before: Iterable[ResolvedCase],
    cause: str,
    mark: tuple[str, str],
    evidence: float,
    lift: float,
) -> CauseCluster:
    kind, value = mark
    words = _words_of(own, among, without=value)
    name = f"{cause.replace('_', ' ')}: {_NAMES[kind].format(value)}"
    of_cause = sum(case.cause == cause for case in among)
    newest = sorted(own, key=lambda case: case.resolved_at, reverse=True)
    return CauseCluster(
        name=name + (f", which say “{'”, “'.join(words[:3])}”" if words and kind != "word" else ""),
        cause=cause,
        kind=kind,
        value=value,
        cases=len(own),
        before=sum(case.cause == cause and mark in case.marks for case in before),
        share=len(own) / of_cause,
        lift=lift,
        evidence=evidence,
        overridden=sum(case.overridden for case in own),
        words=tuple(words),
        examples=tuple(case.case_id for case in newest[:MAX_EXAMPLES]),
    )


def _words_of(own: Sequence[ResolvedCase], among: Sequence[ResolvedCase], *, without: str) -> list[str]:
    """Return the words that some cases say far more often than all do, the most telling first."""
    inside = Counter(mark for case in own for mark in case.marks if mark[0] == "word")
    outside = Counter(mark for case in among for mark in case.marks if mark[0] == "word")
    scored = [
        (log_likelihood_ratio(n, len(own), outside[mark], len(among)), mark[1])
        for mark, n in inside.items()
        if n >= MIN_CASES and mark[1] != without and n * len(among) >= MIN_LIFT * len(own) * outside[mark]
    ]
    ranked = sorted(scored, key=lambda pair: (-pair[0], pair[1]))
    return [word for evidence, word in ranked if evidence >= MIN_EVIDENCE][:MAX_NAMED_WORDS]


def find_recurring(hold: JobLease, policies: InForce, domains: Mapping[str, Domain], now: datetime) -> None:
    """Find the clusters of every queue of every domain, in place of those found before."""
    for name in policies:
        domain = domains.get(name)
        for queue in policies.queues(name) if domain is not None else ():
            assert domain is not None
            with reading(hold.engine) as connection:
                found = _resolved(connection, domain, queue, since=now - 2 * WINDOW)
            clusters = cluster(found, since=now - WINDOW)
            body = orjson.dumps([each.to_json() for each in clusters]).decode()
            with hold.transaction() as connection:
                upsert(connection, recurring_causes, [{"domain": name, "queue": queue, "made_at": now, "body": body}])


def _resolved(connection: Connection, domain: Domain, queue: str, *, since: datetime) -> list[ResolvedCase]:
    query = (
        select(
            tasks.c.case_id, tasks.c.done_at, resolutions.c.cause, resolutions.c.overrides, cases.c.site_id,
            cases.c.payload,
        )
        .join(cases, cases.c.case_id == tasks.c.case_id)
        .join(resolutions, resolutions.c.case_id == tasks.c.case_id)
        .where(
            tasks.c.domain == domain.name, tasks.c.queue == queue, tasks.c.done_at >= since, tasks.c.kind == REVIEW,
        )
        .order_by(tasks.c.done_at.desc())
        .limit(MAX_CASES)
    )  # fmt: skip
    return [
        ResolvedCase(
            case_id=row.case_id,
            resolved_at=row.done_at,
            cause=row.cause,
            overridden=bool(row.overrides),
            marks=frozenset(marks_of(orjson.loads(row.payload), site=row.site_id, texts=domain.recipe.text_fields)),
        )
        for row in connection.execute(query)
    ]


def marks_of(payload: Mapping[str, Any], *, site: str | None, texts: Iterable[str]) -> list[tuple[str, str]]:
    """Return what a case can be grouped by: its vendor, its site, and the words of its texts."""
    found = [("vendor", str(payload[name])) for name in VENDOR_FIELDS if payload.get(name) is not None][:1]
    found += [("site", site)] if site else []
    words = (word.casefold() for name in texts for word in _WORD.findall(str(payload.get(name) or "")))
    return found + [("word", word) for word in list(dict.fromkeys(words))[:MAX_WORDS]]


def recurring(
    connection: Connection, *, policies: InForce, actor: Principal, domain: str | None, queue: str | None, limit: int
) -> dict[str, Any]:
    """List the clusters of the queues an actor may see, the largest first."""
    if not actor.may("read"):
        raise ForbiddenError(f"{actor.name} may not read cases")
    found: list[dict[str, Any]] = []
    for name in policies:
        if domain not in (None, name) or not actor.may("read", name):
            continue
        queues = [each for each in visible_queues(policies, name, actor) if queue in (None, each)]
        query = select(recurring_causes).where(recurring_causes.c.domain == name, recurring_causes.c.queue.in_(queues))
        for row in connection.execute(query):
            own = {"domain": name, "queue": row.queue, "made_at": row.made_at}
            found += [own | each for each in orjson.loads(row.body)]
    found.sort(key=lambda each: (-each["cases"], each["name"]))
    return {"window_days": WINDOW.days, "clusters": found[:limit], "left_out": max(0, len(found) - limit)}
