"""The column mapping: what it accepts, and how it says what is wrong."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from toy_domain import DOMAIN

from training.tables.mapping import MappingError, identity_mapping, read_mapping, read_mapping_file
from triage.domains import domains

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"

GOOD = """\
domain: price_override
exception_id: {columns: [till, receipt]}
as_of: {column: when, format: "%d.%m.%Y %H:%M", timezone: Europe/Berlin}
currency: EUR
fx_rate: {constant: 1.18}
payload:
  receipt_id: receipt
  listed_price: {column: listed, scale: 0.01}
  charged_price: charged
  authorised: {column: ok, values: {Yes: true, No: false}}
  kind: {constant: damage}
attributes:
  region: {column: region, kind: category}
labels:
  cause: {column: why, values: {favour: sweethearting}}
  wrong: {wrong_when: [sweethearting]}
  known_at: {days_after_as_of: 30}
keep:
  - {column: when, not_in: [""]}
"""


def problems(text: str) -> list[str]:
    with pytest.raises(MappingError) as caught:
        read_mapping(text, name="map.yaml", domain=DOMAIN)
    return caught.value.problems


class TestGoodMapping:
    def test_is_read_whole(self) -> None:
        mapping = read_mapping(GOOD, name="map.yaml", domain=DOMAIN)
        assert mapping.exception_id.reads == ("till", "receipt")
        assert mapping.currency is not None and mapping.currency.constant == "EUR"
        assert mapping.payload["receipt_id"].column == "receipt"
        assert mapping.labels is not None and mapping.labels.known_at.days_after_as_of == 30

    def test_reads_yes_and_no_as_the_words_they_are(self) -> None:
        values = read_mapping(GOOD, name="map.yaml", domain=DOMAIN).payload["authorised"].values
        assert values == {"Yes": True, "No": False}

    def test_a_currency_in_a_column_is_told_from_a_code(self) -> None:
        mapping = read_mapping(GOOD.replace("currency: EUR", "currency: waers"), name="map.yaml", domain=DOMAIN)
        assert mapping.currency is not None and mapping.currency.column == "waers"

    def test_a_bound_without_a_time_is_kept_as_given(self) -> None:
        text = GOOD.replace('not_in: [""]', "before: 2018-11-01T00:00:00Z")
        assert read_mapping(text, name="map.yaml", domain=DOMAIN).keep[0].before == datetime(2018, 11, 1, tzinfo=UTC)

    def test_the_identity_mapping_takes_the_columns_the_payload_knows(self) -> None:
        mapping = identity_mapping(
            DOMAIN, ["exception_id", "as_of", "receipt_id", "note", "colour", "wrong", "known_at"]
        )
        assert set(mapping.payload) == {"receipt_id", "listed_price", "charged_price", "note"}
        assert mapping.labels is not None and mapping.labels.wrong.column == "wrong"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("domain: price_override", "domain: return_fraud", ["map.yaml:1: domain:", "'price_override' was asked for"]),
        ("currency: EUR", "curency: EUR", ["map.yaml:4: curency: unknown key", 'did you mean "currency"?']),
        ("scale: 0.01", "scal: 0.01", ["map.yaml:8: payload.listed_price.scal: unknown key", 'did you mean "scale"?']),
        ("scale: 0.01", "unit: furlongs", ["map.yaml:8:", "'furlongs' is no known conversion", "percent to fraction"]),
        ("  charged_price: charged\n", "", ["map.yaml:6: payload:", "required field 'charged_price' is not mapped"]),
        ("  kind:", "  kynd:", ["map.yaml:11: payload.kynd:", 'did you mean "kind"?', "belongs under attributes"]),
        ("timezone: Europe/Berlin", "timezone: Mars", ["map.yaml:3: as_of.timezone:", "'Mars' is no time zone"]),
        ("%d.%m.%Y %H:%M", "dd.mm.yyyy", ["map.yaml:3: as_of.format:", "'dd.mm.yyyy' is no format", "%d.%m.%Y"]),
        ("No: false", "No: never", ["map.yaml:10: payload.authorised.values.No:", "'never' is neither true nor false"]),
        ("{column: region, kind: category}", "{column: region}", ["map.yaml:13: attributes.region.kind:", "required"]),
        ("kind: category", "kind: colour", ["map.yaml:13: attributes.region.kind:", "'entity'"]),
        ("kind: category", "kind: category, along: shop", ["map.yaml:13: attributes.region:", "along",
        "kind category"]),
        ("kind: category", "kind: number, along: shop", ["map.yaml:13: attributes.region.along:",
        "'shop' is no attribute"]),
        ("kind: category", "kind: entity, windows_days: [9, 3]", ["map.yaml:13: attributes.region:", "must rise"]),
        ("favour: sweethearting", "favour: sweetharting",
         ["map.yaml:15: labels.cause.values.favour:", "unknown cause 'sweetharting'", 'did you mean "sweethearting"?',
         "vocabulary: own"]),
        ("wrong_when: [sweethearting]", "wrong_when: [theft]", ["map.yaml:16: labels.wrong.wrong_when:",
        "unknown cause 'theft'"]),
        ("{wrong_when: [sweethearting]}", "{wrong_when: [sweethearting], column: bad}", ["map.yaml:16: labels.wrong:",
        "exactly one of"]),
        ("  cause: {column: why, values: {favour: sweethearting}}\n", "", ["map.yaml:14: labels:",
        "map labels.cause too"]),
        ("  known_at: {days_after_as_of: 30}\n", "", ["map.yaml:14: labels.known_at:", "required"]),
        ('{column: when, not_in: [""]}', "{column: when}", ["map.yaml:19: keep.0:", "say what must hold"]),
        ("currency: EUR", "as_of: when", ["map.yaml:4: as_of: key given twice"]),
        ("payload:", "payload: [", ["not YAML"]),
        ("%d.%m.%Y %H:%M", "%Y-%m-%dT%H:%M:%S %Y", ["map.yaml:3: as_of.format:", "is no format (",
        "write %d.%m.%Y %H:%M"]),
        ("%d.%m.%Y %H:%M", "%d.%m.%Y %Q", ["map.yaml:3: as_of.format:", "is no format ('Q' is a bad directive"]),
        ("%d.%m.%Y %H:%M", "%", ["map.yaml:3: as_of.format:", "'%' is no format (stray %"]),
        ('not_in: [""]', "before: 2026-02-30", ["map.yaml:19: keep.0.before: '2026-02-30' is no date; write a day",
        "in quotes if it is text"]),
        ("{constant: damage}", "{constant: 2026-13-01}", ["map.yaml:11: payload.kind.constant: '2026-13-01' is no "
        "date"]),
        ("scale: 0.01", "scale: .inf", ["map.yaml:8: payload.listed_price.scale:", "finite"]),
    ],
)  # fmt: skip
def test_an_error_names_line_key_and_cure(old: str, new: str, expected: list[str]) -> None:
    assert old in GOOD
    text = "\n".join(problems(GOOD.replace(old, new)))
    for part in expected:
        assert part in text


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (GOOD, "", "map.yaml:1: is empty, but a mapping is keys and values; begin with `domain: price_override`"),
        (GOOD, "- domain", "map.yaml:1: holds a list, but a mapping is keys and values"),
        (GOOD, "lines.csv", "map.yaml:1: holds 'lines.csv', but a mapping is keys and values"),
        ('not_in: [""]', "not_in: [null]", "map.yaml:19: keep.0.not_in.0: null is no cell; write text, a number, true, "
        "false or a date; for empty cells say `empty`"),
        ('not_in: [""]', "in: [{a: b}]", "map.yaml:19: keep.0.in.0: {'a': 'b'} is no cell"),
        ('not_in: [""]', "before: soon", "map.yaml:19: keep.0.before: 'soon' is no date or time; write 2026-03-31 or"),
        ("currency: EUR", "missing: {a: b}", "map.yaml:4: missing.0: {'a': 'b'} is no cell; write text, a number, "
        "true, false or a date"),
        ("{constant: damage}", "{constant: {a: b}}", "map.yaml:11: payload.kind.constant: {'a': 'b'} is no value; "
        "write text"),
        ("No: false", "No: [{a: b}]", "map.yaml:10: payload.authorised.values.No: [{'a': 'b'}] is no value"),
        ("currency: EUR", "csv: [a]", "map.yaml:4: csv: holds a list, but must hold keys and values"),
        ("charged_price: charged", "charged_price: null", "map.yaml:9: payload.charged_price: holds nothing, but must "
        "hold keys"),
    ],
)  # fmt: skip
def test_what_is_of_the_wrong_kind_is_said_in_one_sentence(old: str, new: str, expected: str) -> None:
    assert old in GOOD
    (problem,) = problems(GOOD.replace(old, new))
    assert problem.startswith(expected)


@pytest.mark.parametrize(
    "form", ["%d.%m.%Y", "%Y%m%d%H%M", "%d %b %y %I:%M %p", "%Y-%m-%dT%H:%M:%S.%f%z", "%H:%M Uhr, %A", "%G-W%V-%u",
    "%j/%Y", "%c", "%m/%d/%Y %Z", "epoch seconds"]
)  # fmt: skip
def test_a_format_that_can_be_read_is_accepted(form: str) -> None:
    mapping = read_mapping(GOOD.replace("%d.%m.%Y %H:%M", form), name="map.yaml", domain=DOMAIN)
    assert mapping.as_of.format == form


def test_every_problem_is_reported_at_once() -> None:
    found = problems(GOOD.replace("  charged_price: charged\n", "").replace("  kind:", "  kynd:"))
    assert len(found) == 2


def test_an_own_vocabulary_needs_no_known_cause() -> None:
    text = GOOD.replace("labels:\n", "labels:\n  vocabulary: own\n").replace("sweethearting", "theft")
    assert read_mapping(text, name="map.yaml", domain=DOMAIN).labels is not None


class TestTruthAsFeature:
    """A feature read from the column that says the truth would make any model look perfect."""

    @pytest.mark.parametrize(("part", "line"), [
        ("payload:\n", "  note: why"),
        ("attributes:\n", "  shop: {columns: [region, why], kind: entity}"),
    ])  # fmt: skip
    def test_is_refused_with_its_line(self, part: str, line: str) -> None:
        (problem,) = problems(GOOD.replace(part, part + line + "\n"))
        name = f"{part[:-2]}.{line.split(':')[0].strip()}"
        number = GOOD[: GOOD.index(part)].count("\n") + 2
        assert problem.startswith(
            f"map.yaml:{number}: {name}: reads what labels.cause reads (why), the truth that is known"
        )

    @pytest.mark.parametrize(("old", "new"), [
        ("attributes:\n", "attributes:\n  shop: {column: why, kind: entity, known_at: seen}\n"),
        ("labels:\n", "labels:\n  loss: {column: charged, scale: 0.5}\n"),
        ("  wrong: {wrong_when: [sweethearting]}", "  wrong: {columns: [charged, paid], values: {1-2: true}, default: "
        "false}"),
    ])  # fmt: skip
    def test_what_was_known_in_time_may_be_read(self, old: str, new: str) -> None:
        assert read_mapping(GOOD.replace(old, new), name="map.yaml", domain=DOMAIN).labels is not None


@pytest.mark.parametrize(("attributes", "refused"), [(199, False), (200, True)])
def test_no_more_attributes_are_learnt_than_a_case_may_carry(attributes: int, refused: bool) -> None:
    more = "".join(f"  a{at}: {{column: a{at}, kind: number}}\n" for at in range(attributes))
    text = GOOD.replace("attributes:\n", "attributes:\n" + more)
    if refused:
        (problem,) = problems(text)
        assert problem.startswith("map.yaml:12: attributes: are 201, but a case carries at most 200; leave out")
    else:
        assert len(read_mapping(text, name="map.yaml", domain=DOMAIN).attributes) == 200


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match=r"nowhere\.yaml: cannot be read"):
        read_mapping_file(tmp_path / "nowhere.yaml", domain=DOMAIN)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_examples_fit_their_domains(path: Path) -> None:
    named = path.read_text(encoding="utf-8").split("domain: ")[1].split()[0]
    assert read_mapping_file(path, domain=domains()[named]).labels is not None
