"""The benchmark page's section on leaks: what is refused, what passes, and how far each is from the other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lab.benchmarks.leaks import CLEAN, LeakResult
from lab.benchmarks.report import Section, Stamp

_HEADER: Final = (
    "domain", "planted", "in the field", "texts read", "retailers", "refused", "by",
    "ahead of the observer (standard errors)", "observer could learn (standard errors)", "strength, refused above 1",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakRow:
    """The retailers of one domain with the same trap. ahead, learns, strength: the largest of clean ones, the smallest
    of planted ones."""

    domain: str
    trap: str
    with_text: bool
    retailers: int
    refused: int
    by: str
    ahead: float | None
    learns: float | None
    strength: float | None

    @property
    def is_as_it_should_be(self) -> bool:
        """Return whether all planted ones were refused, or none of the clean ones."""
        return self.refused == (0 if self.trap == CLEAN else self.retailers)


def summed_up(results: Sequence[LeakResult]) -> list[LeakRow]:
    """Sum up what was measured, by domain and trap in the order it was."""
    groups: dict[tuple[str, str, bool], list[LeakResult]] = {}
    for result in results:
        groups.setdefault((result.domain, result.trap, result.with_text), []).append(result)
    return [_row(group) for group in groups.values()]


def leaks_section(
    results: Sequence[LeakResult], fields: Mapping[tuple[str, str], Sequence[str]], stamp: Stamp
) -> Section:
    """Write the table. fields: where each domain's traps show, by domain and trap."""
    rows = summed_up(results)
    clean = [row for row in rows if row.trap == CLEAN]
    planted = [row for row in rows if row.trap != CLEAN]
    return Section(
        key="leaks",
        title="Leaks: planted ones refused, honest models let pass",
        stamp=stamp,
        text=(
            f"Synthetic. Of {_count(planted)} retailers with a planted leak {_refused(planted)} were refused, of "
            f"{_count(clean)} clean ones {_refused(clean)}. Each has "
            f"{results[0].rows:,} cases as `triage simulate` draws them, and is read, checked, learnt from and checked "
            "again by the functions of `triage train`; tested on the latest "
            "fifth. *Lineage* refuses fields that lie after `as_of` before anything is learnt. *Bayes* compares a "
            "model with the best possible observer, who knows the exact posterior: it is "
            "refused where it is ahead by more than 3 standard errors, or the observer could learn from it by more "
            "than 3, and the likelihood ratio is beyond chance as well (1 : 740 and "
            "1 : 10,000). The last column counts both; 3 standard errors alone refuse nobody, least of all the largest "
            "of many that are looked at. The numbers are the larger of the risk and the cause "
            "head's, and then the largest of the clean retailers and the smallest of the planted ones: how near an "
            "honest model came to a refusal, and a leak to passing. Texts are read where "
            "a leak hides in them, and in as many clean retailers of that domain."
        ),
        header=_HEADER,
        rows=tuple(
            (
                row.domain, row.trap or "nothing", ", ".join(fields.get((row.domain, row.trap), ())),
                "yes" if row.with_text else "no",
                str(row.retailers), str(row.refused), row.by, _signed(row.ahead), _signed(row.learns),
                _signed(row.strength),
            )
            for row in rows
        ),
        notes=tuple(
            f"{row.domain}: {'a leak was missed' if row.trap else 'a false alarm'}." for row in rows
            if not row.is_as_it_should_be
        ),
    )  # fmt: skip


def _row(group: Sequence[LeakResult]) -> LeakRow:
    first = group[0]
    farthest: Callable[[list[float]], float] = max if first.trap == CLEAN else min

    def of(values: Sequence[float | None]) -> float | None:
        given = [value for value in values if value is not None]
        return farthest(given) if given else None

    refused = [result.refused_by for result in group if result.refused_by is not None]
    return LeakRow(
        domain=first.domain,
        trap=first.trap,
        with_text=first.with_text,
        retailers=len(group),
        refused=len(refused),
        by=", ".join(dict.fromkeys(refused)),
        ahead=of([result.ahead for result in group]),
        learns=of([result.learns for result in group]),
        strength=of([result.strength for result in group]),
    )


def _count(rows: Sequence[LeakRow]) -> int:
    return sum(row.retailers for row in rows)


def _refused(rows: Sequence[LeakRow]) -> int:
    return sum(row.refused for row in rows)


def _signed(value: float | None) -> str:
    return "" if value is None else f"{value:+.2f}"
