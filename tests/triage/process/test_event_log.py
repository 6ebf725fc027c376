"""The log for process mining tools: what it holds, what it keeps to itself, and that pm4py opens it.

`make mining` installs pm4py into an environment of its own, as its licence is the AGPL; without it those tests are
skipped.
"""

import io
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.triage.conftest import ANN, DOMAIN, ScriptedScorer, override, policy_with
from triage.db.database import reading
from triage.process import event_log
from triage.process.event_log import PersonNames, logged_cases, write_ocel, write_xes
from triage.review import verbs
from triage.review.verbs import Ruling

PM4PY = Path(os.environ.get("TRIAGE_TEST_PM4PY", Path(sys.prefix) / "mining" / "bin" / "python"))
OPEN = """
import sys, pm4py
if sys.argv[1].endswith(".xes"):
    log = pm4py.convert_to_event_log(pm4py.read_xes(sys.argv[1]))
    print(len(log), sum(len(trace) for trace in log))
else:
    log = pm4py.read_ocel2_json(sys.argv[1])
    print(len(log.events), log.objects[log.objects["ocel:type"] == "case"].shape[0])
"""


@pytest.fixture
def at(house):
    opened = house(ScriptedScorer(risk=0.5))
    for number in range(3):
        case_id = opened.one(override(number) | {"site_id": 'S-<1> & "2"'}).body["case_id"]
    ruling = Ruling(action="accepted", cause="price_match", reason_code="justified", comment="x")
    for verb, options in (
        (verbs.claim, {"hold": timedelta(minutes=5)}),
        (verbs.resolve, {"ruling": ruling, "heads": {DOMAIN.name: DOMAIN.heads}}),
    ):
        with opened.engine.begin() as connection:
            verb(connection, case_id, policies=opened.policies, actor=ANN, now=opened.clock(), **options)
    return opened


def written(at: Any, write: Any, people: PersonNames | None = None, **window: Any) -> str:
    file = io.StringIO()
    given = {"since": at.clock() - timedelta(days=1), "until": at.clock() + timedelta(days=1)} | window
    with reading(at.engine) as connection:
        write(logged_cases(connection, **given), file, people or PersonNames())
    return file.getvalue()


class TestOcel:
    def test_every_event_is_of_a_case_and_of_what_it_is_about(self, at) -> None:
        log = json.loads(written(at, write_ocel))
        objects = {each["id"]: each["type"] for each in log["objects"]}
        assert sorted(event["type"] for event in log["events"]) == ["claim", "decide", "decide", "decide", "resolve"]
        for event in log["events"]:
            kinds = [objects[relation["objectId"]] for relation in event["relationships"]]
            assert kinds == ["case", "queue", "site", "person"]
        assert {each["type"] for each in log["objects"]} <= {each["name"] for each in log["objectTypes"]}
        assert {each["type"] for each in log["events"]} <= {each["name"] for each in log["eventTypes"]}

    def test_an_empty_one_is_a_log_too(self, at) -> None:
        log = json.loads(written(at, write_ocel, since=at.clock() + timedelta(hours=1)))
        assert (log["events"], log["objects"]) == ([], [])


class TestXes:
    def test_a_case_is_a_trace(self, at) -> None:
        log = ElementTree.fromstring(written(at, write_xes))
        assert [len(trace.findall("event")) for trace in log.findall("trace")] == [3, 1, 1]
        sites = [each.get("value") for each in log.iter("string") if each.get("key") == "site"]
        assert sites == ['S-<1> & "2"'] * 3

    def test_what_xml_cannot_hold_is_left_out(self) -> None:
        assert event_log._printable("a\x00b\x1bc\ud800d\n") == "abcd\n"


class TestPeople:
    @pytest.mark.parametrize("write", [write_ocel, write_xes])
    def test_they_are_numbered_unless_asked_for(self, at, write: Any) -> None:
        assert "user:ann" not in written(at, write)
        assert "person-1" in written(at, write)
        assert "user:ann" in written(at, write, PersonNames(named=True))

    @pytest.mark.parametrize("write", [write_ocel, write_xes])
    def test_of_an_open_audit_nothing_of_the_decision_is_told(self, house, write: Any) -> None:
        policy = policy_with(
            audit={"share": 1.0, "queue": "PRICE_QA"}, queues={"PRICE_QA": {"title": "QA", "owner_role": "lead"}}
        )
        at = house(ScriptedScorer(risk=0.001), policy)
        at.one(override(1))
        assert "price_match" not in written(at, write)


def test_parts_follow_one_another_without_gap_or_repeat(at, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "CASES_AT_ONCE", 2)
    assert len(ElementTree.fromstring(written(at, write_xes)).findall("trace")) == 3


@pytest.mark.slow
@pytest.mark.parametrize(("write", "name", "says"), [(write_ocel, "a.json", "5 3"), (write_xes, "a.xes", "3 5")])
def test_pm4py_opens_it(at, tmp_path: Path, write: Any, name: str, says: str) -> None:
    if not PM4PY.exists():
        pytest.skip("pm4py is not installed: run `make mining`")
    (tmp_path / name).write_text(written(at, write), encoding="utf-8")
    ran = subprocess.run(
        [str(PM4PY), "-W", "ignore", "-c", OPEN, str(tmp_path / name)], capture_output=True, text=True, timeout=110
    )
    assert ran.stdout.strip().splitlines()[-1:] == [says], ran.stderr
