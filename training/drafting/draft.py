"""A mapping drafted from a file: every line with its confidence and what shows it, for a person to go over."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from features.columns import field_kinds
from features.fields import required_fields
from training.drafting.column_profile import ColumnProfile, TableProfile, profile_table
from training.drafting.dialect import guess_dialect
from training.drafting.known_later import likely_as_of, likely_labels, share_after, why_later
from training.drafting.line_values import (
    attribute_value,
    compact_name,
    field_value,
    kinds_of,
    without_common,
    wrong_value,
)
from training.drafting.matching import FieldNames, Match, match_fields
from training.drafting.reading_options import Reading, moment_evidence, time_options
from training.drafting.vocabulary import compact, mentions
from training.tables.mapping import OPEN
from training.tables.mapping_form import CsvForm
from training.tables.names import nearest
from triage.domain import Domain

Likenesses = Callable[[list[str], Domain], Mapping[tuple[str, str], float]]
"""What a sentence encoder finds alike: of (column, field), in [0, 1]."""
_MAX_KEY_COLUMNS: Final = 6
_ASSUMED_DAYS: Final = 30
_MIN_REQUIRED: Final = 0.3
_MAX_KEYS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    """One line of a drafted mapping. path: where it stands; value: what it says; confidence: in [0, 1], None for what a
    person must say."""

    path: tuple[str, ...]
    value: Any
    confidence: float | None
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A drafted mapping. left: columns that are not read, each with the reason. file: what shows how it is written."""

    domain: str
    form: CsvForm
    rows: int
    lines: list[DraftLine] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    file: tuple[str, ...] = ()

    def line(self, *path: str) -> DraftLine | None:
        """Return the line at a path, None where there is none."""
        return next((line for line in self.lines if line.path == path), None)


def draft_mapping(
    path: Path,
    domain: Domain,
    *,
    label: str | None = None,
    sheet: str | None = None,
    likenesses: Likenesses | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> Draft:
    """Look at a file and draft its mapping; raise TableError where it cannot be read.

    label: the column that says whether acting straight through was wrong, where a person names it. sheet: of a
    workbook. likenesses: of names, by a sentence encoder.
    """
    dialect = guess_dialect(path, sheet=sheet)
    table = profile_table(path, dialect.form, progress=progress)
    form = with_marks(dialect.form, table)
    draft = Draft(domain=domain.name, form=form, rows=table.rows, file=dialect.evidence)
    return _Drafting(table, domain, draft, label, likenesses).draft


def with_marks(form: CsvForm, table: TableProfile) -> CsvForm:
    """Add the decimal and thousands mark that most columns of numbers are written with; the others say their own."""
    marks = [(column.number.decimal, column.number.thousands) for column in table.columns if column.number is not None]
    written = [mark for mark in marks if mark != (".", "")]
    if not written:
        return form
    decimals = [mark[0] for mark in written]
    decimal = max(set(decimals), key=decimals.count)
    if decimal != ",":
        return form
    thousands = [mark[1] for mark in written if mark[0] == decimal and mark[1]]
    common = max(set(thousands), key=thousands.count) if thousands else ""
    return form.model_copy(update={"decimal": decimal, "thousands": common})


class _Drafting:
    def __init__(
        self, table: TableProfile, domain: Domain, draft: Draft, label: str | None, likenesses: Likenesses | None
    ) -> None:
        self.draft, self._domain, self._rows = draft, domain, table.rows
        self._columns = [column for column in table.columns if column.counts]
        self._used: dict[str, str] = {}
        self._key: tuple[str, ...] = ()
        for column in table.columns:
            if not column.counts:
                draft.left[column.name] = "is empty"
        self._label = self._find_label(label)
        self._as_of = self._find_as_of()
        fields = {compact(name) for name in domain.recipe.payload.model_fields}
        self._later = {
            column.name: why
            for column in self._columns
            if column.name not in self._used
            and (
                why := why_later(column, as_of=self._as_of, label=self._label, is_field=compact(column.name) in fields)
            )
        }
        self._find_id()
        self._find_payload(likenesses)
        self._find_currency()
        self._find_attributes()
        self._write_label()

    def _add(self, path: tuple[str, ...], value: Any, confidence: float | None, evidence: str) -> None:
        self.draft.lines.append(DraftLine(path=path, value=value, confidence=confidence, evidence=evidence))

    def _find_label(self, named: str | None) -> ColumnProfile | None:
        if named is not None:
            found = next((column for column in self._columns if column.name == named), None)
            if found is None:
                hint = nearest(named, [column.name for column in self._columns], lead="; ")
                raise ValueError(f"--label {named}: the file has no such column{hint}")
            self._label_confidence = 0.99
        else:
            likely = likely_labels(self._columns, {})
            if not likely:
                return None
            self._label_confidence, found = likely[0]
        self._used[found.name] = "labels"
        return found

    def _find_as_of(self) -> ColumnProfile | None:
        likely = likely_as_of([column for column in self._columns if column.name not in self._used])
        if not likely:
            self._add(
                ("as_of",),
                {"constant": "2026-01-01T00:00:00Z"},
                None,
                "no column of times: write when the file was taken",
            )
            return None
        best = likely[0][0]
        # Of equally likely ones, the latest that is still known when a case comes up is not known here: take the first.
        confidence, column = likely[0]
        close = [one.name for weight, one in likely[1:4] if best - weight < 0.15]
        evidence = " and ".join(moment_evidence(column))
        evidence += f"; filled {column.filled:.0%}"
        evidence += f"; others: {', '.join(close)}" if close else ""
        self._add(
            ("as_of",), field_value(column, time_options(column)), confidence * (0.85 if close else 1.0), evidence
        )
        if column.filled < 1.0:
            self._add(
                ("keep",),
                [{"column": column.name, "empty": False}],
                0.8,
                f"{1 - column.filled:.0%} of the rows have no {column.name}",
            )
        self._used[column.name] = "as_of"
        return column

    def _find_id(self) -> None:
        unique = [
            column for column in self._columns if column.is_unique and column.time is None and not column.is_prose
        ]
        if unique:
            column = max(
                unique,
                key=lambda one: (any("identifier" in token for token in kinds_of(one.name)), -self._columns.index(one)),
            )
            self._add(("exception_id",), column.name, 0.95 if len(unique) == 1 else 0.85, "every row has another value")
            self._key = (column.name,)
            return
        keys = [
            column
            for column in self._columns
            if column.filled == 1.0 and column.distinct > 0.02 * len(column.cells) and not column.is_prose
        ][:_MAX_KEY_COLUMNS]
        keys += [
            column
            for column in self._columns
            if column.filled == 1.0 and column not in keys and any("line" in token for token in kinds_of(column.name))
        ]
        keys += (
            [self._as_of] if self._as_of is not None and self._as_of not in keys and self._as_of.filled == 1.0 else []
        )
        for chosen in (chosen for size in range(2, _MAX_KEYS + 1) for chosen in combinations(keys, size)):
            rows = list(zip(*(column.cells for column in chosen), strict=True))
            if len(set(rows)) == len(rows):
                names = [column.name for column in chosen]
                self._add(("exception_id",), {"columns": names}, 0.8, "together every row looked at has another value")
                self._key = (*names,)
                return
        self._add(("exception_id",), OPEN, None, "no three columns tell every row apart: name those that do")

    def _find_payload(self, likenesses: Likenesses | None) -> None:
        names = FieldNames(self._domain.name, self._domain.recipe.payload)
        free = [
            column
            for column in self._columns
            if self._used.get(column.name) != "labels" and column.name not in self._later
        ]
        encoded = likenesses([column.name for column in free], self._domain) if likenesses is not None else None
        matches = match_fields(free, names, taken=(), likenesses=encoded)
        matches += self._required(names, matches, free)
        order = list(self._domain.recipe.payload.model_fields)
        for match in sorted(matches, key=lambda one: order.index(one.field)):
            options = without_common(dict(match.reading.options), match.column, self.draft.form)
            self._add(("payload", match.field), field_value(match.column, options), match.confidence, match.evidence)
            self._used.setdefault(match.column.name, f"payload.{match.field}")
        mapped = {match.field for match in matches}
        for name in sorted(required_fields(self._domain.recipe.payload) - mapped):
            self._require(name)

    def _required(self, names: FieldNames, matches: list[Match], free: list[ColumnProfile]) -> list[Match]:
        """Find less sure columns for the fields no case can be without; a person is shown how sure."""
        lacking = required_fields(self._domain.recipe.payload) - {match.field for match in matches}
        used = {match.column.name for match in matches}
        rest = [column for column in free if column.name not in used]
        others = [name for name in self._domain.recipe.payload.model_fields if name not in lacking]
        found = match_fields(rest, names, taken=others, least=_MIN_REQUIRED)
        used |= {match.column.name for match in found}
        written = {kind.name for kind in field_kinds(self._domain.recipe.payload) if kind.written}
        prose = [column for column in rest if column.is_prose and column.name not in used]
        for name in lacking & written - {match.field for match in found} if prose else ():
            found.append(
                Match(
                    field=name,
                    column=prose[0],
                    reading=Reading(),
                    confidence=0.5,
                    evidence="the first column people wrote sentences in",
                )
            )
        return found

    def _require(self, name: str) -> None:
        about = self._domain.recipe.payload.model_fields[name]
        key = self._key[0] if len(self._key) == 1 else None
        if name.endswith("_at") and self._as_of is not None:
            self._add(
                ("payload", name), field_value(self._as_of, time_options(self._as_of)), 0.6, "the time of the case"
            )
        elif key is not None and name.endswith("_id") and name.split("_")[0] in self._domain.name:
            self._add(("payload", name), key, 0.5, "the number of the case")
        else:
            choices = next(kind.vocabulary for kind in field_kinds(self._domain.recipe.payload) if kind.name == name)
            self._add(
                ("payload", name),
                OPEN,
                None,
                f"required ({about.title}): name a column, or say {{constant: …}}"
                + (f", one of {', '.join(choices)}" if choices else ""),
            )

    def _find_currency(self) -> None:
        for column in self._columns:
            if column.name in self._used or column.distinct > 12:
                continue
            codes = [text for text in column.counts if len(text) == 3 and text.isalpha() and text.isupper()]
            if len(codes) == column.distinct and any("currency" in token for token in kinds_of(column.name)):
                self._add(("currency",), column.name, 0.9, f"codes {', '.join(codes[:5])}")
                self._used[column.name] = "currency"
                return

    def _find_attributes(self) -> None:
        written = {kind.name for kind in field_kinds(self._domain.recipe.payload) if kind.written}
        for line in [line for line in self.draft.lines if line.path[0] == "payload" and line.path[1] in written]:
            name = line.value if isinstance(line.value, str) else line.value.get("column")
            if any(column.name == name and column.is_prose for column in self._columns):
                why = "learnt by pieces of words too, which new wordings share"
                self._add(("attributes", f"{line.path[1]}_words"), {"column": name, "kind": "text"}, 0.6, why)
        for column in self._columns:
            if column.name in self._used or (column.name in self._key and len(self._key) == 1):
                continue
            if column.name in self._later:
                self.draft.left[column.name] = f"looks known only later: {self._later[column.name]}"
                continue
            kind, options, why = attribute_value(column, self.draft.form)
            if not kind:
                self.draft.left[column.name] = why
                continue
            name = compact_name(column.name)
            taken = {line.path[1] for line in self.draft.lines if line.path[0] == "attributes"}
            name = name if name not in taken else f"{name}_{len(taken)}"
            self._add(("attributes", name), {"column": column.name, "kind": kind, **options}, 0.6, why)

    def _write_label(self) -> None:
        if self._label is None:
            self._add(
                ("labels",), OPEN, None, "no column looks like an outcome: name it with --label, or score without"
            )
            return
        column = self._label
        self._add(("labels", "wrong"), *wrong_value(column, self._label_confidence))
        known = self._known_at()
        if known is not None:
            share = share_after(known, self._as_of) if self._as_of is not None else 1.0
            self._add(
                ("labels", "known_at"),
                field_value(known, time_options(known)),
                0.7,
                f"after the case in {share:.0%} of the rows",
            )
        else:
            self._add(
                ("labels", "known_at"),
                {"days_after_as_of": _ASSUMED_DAYS},
                None,
                "assumed: no column says when the outcome was known; write after how many days it is",
            )
        conditions = [{"column": column.name, "empty": False}] if column.filled < 1.0 else []
        if known is not None and known.filled < 1.0:
            conditions.append({"column": known.name, "empty": False})
        if conditions:
            self._add(
                ("labels", "only_where"), conditions, 0.9, f"{1 - column.filled:.0%} of the rows have no outcome yet"
            )

    def _known_at(self) -> ColumnProfile | None:
        for column in self._columns:
            later = column.name in self._later and column.time is not None and mentions(column.name, "known")
            if later and (self._label is None or column.filled >= 0.8 * self._label.filled):
                self.draft.left.pop(column.name, None)
                return column
        return None
