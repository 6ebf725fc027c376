"""What is known decides as far as it reaches: conditions over missing values against Kleene's tables, drawn at
random."""

from typing import Any

import cel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.judging.expressions import Apply, Literal, Node, Read, parse, write
from policies.judging.rules import Name, Rule, compile_rule
from policies.judging.three_valued import may_hold

NUMBERS = ("a", "b", "c")
FLAGS = ("f", "g")
VOCABULARY = {name: Name(1.0, nullable=True) for name in NUMBERS} | {name: Name(True, nullable=True) for name in FLAGS}
ATOMS = [f"{one} > 1.0" for one in NUMBERS] + ["a < b", "b - c >= a", *FLAGS]
ATOMS += [f"{name} != null" for name in (*NUMBERS, *FLAGS)] + ["a == null"]
CONDITIONS = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: (
        st.tuples(inner, inner).map(lambda two: f"({two[0]} && {two[1]})")
        | st.tuples(inner, inner).map(lambda two: f"({two[0]} || {two[1]})")
        | inner.map(lambda one: f"!({one})")
        | st.tuples(inner, inner, inner).map(lambda three: f"({three[0]} ? {three[1]} : {three[2]})")
    ),
    max_leaves=6,
)
VALUES = st.fixed_dictionaries(
    {name: st.sampled_from([None, 0.0, 1.0, 2.0, 5.0]) for name in NUMBERS}
    | {name: st.sampled_from([None, True, False]) for name in FLAGS}
)


def kleene(node: Node, values: dict[str, Any]) -> Any:
    """Evaluate a condition with None for unknown."""
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Read):
        return values[node.name]
    assert isinstance(node, Apply)
    if node.operator in ("==", "!=") and Literal(None) in node.operands:
        asked = next(each for each in node.operands if isinstance(each, Read))
        return (values[asked.name] is None) is (node.operator == "==")
    operands = [kleene(each, values) for each in node.operands]
    if node.operator == "&&":
        return False if False in operands else None if None in operands else True
    if node.operator == "||":
        return True if True in operands else None if None in operands else False
    if node.operator == "?":
        condition, one, other = operands
        if condition is None:
            return one if one == other else None
        return one if condition else other
    if None in operands:
        return None
    return {
        "!": lambda one: not one, ">": lambda one, two: one > two, "<": lambda one, two: one < two,
        ">=": lambda one, two: one >= two, "-": lambda one, two: one - two,
    }[node.operator](*operands)  # fmt: skip


def answer(rule: Rule, values: dict[str, Any]) -> bool:
    found = rule.program.execute(cel.Context({name: values[name] for name in rule.reads}))
    assert isinstance(found, bool)
    return found


@settings(max_examples=400, deadline=None)
@given(CONDITIONS, VALUES)
def test_a_condition_holds_exactly_where_its_known_parts_say_so(when: str, values: dict[str, Any]) -> None:
    known = kleene(parse(when), values)
    assert answer(compile_rule(when, if_missing="skip", vocabulary=VOCABULARY), values) is (known is True)
    assert answer(compile_rule(when, if_missing="match", vocabulary=VOCABULARY), values) is (known is not False)


@settings(max_examples=300, deadline=None)
@given(CONDITIONS, VALUES, st.sampled_from((*NUMBERS, *FLAGS)))
def test_what_is_said_never_to_hold_without_a_value_never_does(when: str, values: dict[str, Any], name: str) -> None:
    if not may_hold(parse(when), truth=True, missing=name):
        assert kleene(parse(when), values | {name: None}) is not True


@settings(max_examples=300, deadline=None)
@given(CONDITIONS)
def test_what_is_written_reads_back_as_the_same_tree(when: str) -> None:
    assert parse(write(parse(when))) == parse(when)


@pytest.mark.parametrize(
    ("values", "holds"),
    [
        ({"a": 10.0, "b": None, "c": 9.5}, False),
        ({"a": 9.0, "b": None, "c": 9.5}, True),
        ({"a": 10.0, "b": 1.0, "c": 9.5}, True),
        ({"a": None, "b": 1.0, "c": 9.5}, False),
        ({"a": 9.0, "b": None, "c": None}, False),
    ],
)
def test_a_missing_value_stands_for_what_the_rule_says(values: dict[str, Any], holds: bool) -> None:
    rule = compile_rule("a - b < c", if_missing="skip", vocabulary=VOCABULARY, missing={"b": 0})
    assert answer(rule, values) is holds


def test_where_every_missing_value_has_a_meaning_nothing_else_need_be_said() -> None:
    assert answer(compile_rule("f", if_missing=None, vocabulary=VOCABULARY, missing={"f": True}), {"f": None}) is True


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        ({"c": 0.0}, "does not read"),
        ({"b": True}, "of another type"),
        ({"b": "none"}, "of another type"),
    ],
)
def test_a_meaning_that_cannot_be_is_refused(missing: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        compile_rule("a > b", if_missing="skip", vocabulary=VOCABULARY, missing=missing)


def test_choices_within_choices_stay_of_bounded_size() -> None:
    when = "f"
    for _ in range(18):
        when = f"(g ? {when} : a > 1.0)"
    rule = compile_rule(when, if_missing="skip", vocabulary=VOCABULARY)
    assert len(rule.expression) < 20_000
    assert answer(rule, {"f": True, "g": True, "a": None}) in (True, False)
