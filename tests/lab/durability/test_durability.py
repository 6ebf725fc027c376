"""The short version of `triage benchmark durability`, on both stores; the whole of it is in
docs/benchmarks/durability.md."""

from collections import Counter
from pathlib import Path

import pytest

from lab.durability.load import Load
from lab.durability.receiver import MisbehavingReceiver
from lab.durability.run import Findings, Plan, check, run
from lab.durability.stores import empty_store
from tests.conftest import POSTGRES

PLAN = Plan(
    kills=4,
    stops=0,
    apis=1,
    workers=2,
    callers=3,
    min_gap_seconds=0.3,
    max_gap_seconds=0.8,
    outage=False,
    min_cases=30,
    seed=7,
)


@pytest.mark.slow
@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_what_is_killed_under_load_loses_nothing_and_does_nothing_twice(store: str, tmp_path: Path, request) -> None:
    if store == "postgresql":
        request.getfixturevalue("postgres_url")  # skips where no server answers
    with empty_store(store, folder=tmp_path, postgres_url=POSTGRES) as url:
        found = run(url, PLAN)
    assert found.wrong == []
    assert found.counts["killed api"] + found.counts["killed worker"] == 4
    assert found.counts["cases accepted"] >= 30
    assert found.counts["effects at the receiver"] >= found.counts["cases accepted"]


class TestTheCountItself:
    """A check that could not fail would prove nothing."""

    @pytest.fixture
    def known(self, sqlite_engine):
        load = Load([1], "key", callers=0, pause_seconds=0, seed=0)
        receiver, findings = MisbehavingReceiver(0), Findings(store="sqlite")

        def wrong() -> str:
            check(sqlite_engine, load, receiver, findings)
            return "; ".join(findings.wrong)

        return sqlite_engine, load, receiver, wrong

    def test_nothing_wrong_with_nothing(self, known) -> None:
        assert known[3]() == ""

    def test_a_lost_case(self, known) -> None:
        known[1].accepted["LAB-1"] = "case-1"
        assert "1 accepted cases are not stored" in known[3]()

    def test_a_ruling_without_delivery(self, known) -> None:
        known[1].ruled.add("case-1")
        assert "1 answered rulings have not exactly one delivery" in known[3]()

    def test_a_double_effect_and_a_wrong_order(self, known) -> None:
        known[2].effects = {
            "a": ("case.ruled", "c", 0), "b": ("case.decided", "c", 1), "d": ("case.decided", "c", 2),
        }  # fmt: skip
        assert "1 events took effect twice" in (told := known[3]())
        assert "1 rulings took effect before their decision" in told

    def test_a_delivery_that_did_not_arrive(self, known, sqlite_engine) -> None:
        from tests.triage.handoff.conftest import Handoff

        handoff = Handoff(sqlite_engine)
        handoff.add()
        handoff.enqueue("a")
        assert {"1 deliveries did not end delivered", "1 deliveries never took effect"} <= {
            part.split(" at the")[0].split(",")[0] for part in known[3]().split("; ")
        }

    def test_a_forged_request(self, known) -> None:
        known[2].requests = Counter(forged=1)
        assert "no valid signature" in known[3]()
