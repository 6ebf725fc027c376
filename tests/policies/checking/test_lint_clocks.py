"""Findings of clocks: each slip is found at its line, and what is right is not."""

import json
from copy import deepcopy

import pytest
import yaml

from policies.checking.difference import difference
from policies.checking.lint import lint_text
from policies.document.errors import PolicyError
from policies.judging.policy import Policy, load_policy
from tests.triage.conftest import DOMAIN

LADDER = {
    "stages": [{"at_percent": 50, "notify": ["owner"]}, {"at_percent": 100, "escalate_to": "Area manager"}],
    "nobody_acts": {"at_percent": 200, "escalate_to": "Regional manager", "notify": ["owner"]},
}
OFFICE = {"title": "Office", "hours": {"mon-fri": "09:00-17:00"}}
CLOCKS = {
    "calendars": {"office": OFFICE},
    "ladders": {"desk": LADDER},
    "roles": {"Area manager": {}, "Regional manager": {}},
}


def written(**parts) -> str:
    document = yaml.safe_load(DOMAIN.policy_file.read_text())
    for route in document["routes"]:
        route |= {"calendar": "office", "ladder": "desk"}
    document |= deepcopy(CLOCKS)
    for path, value in parts.items():
        *keys, last = (int(key) if key.isdigit() else key for key in path.split("__"))
        part = document
        for key in keys:
            part = part[key]
        if value is None:
            del part[last]
        else:
            part[last] = value
    # Copied as JSON, so that nothing in it is written as an alias of something else.
    return yaml.safe_dump(json.loads(json.dumps(document)), sort_keys=False)


def load(**parts) -> Policy:
    return load_policy(written(**parts), name="toy.yaml", recipe=DOMAIN.recipe, causes=tuple(DOMAIN.heads.labels))


def found(**parts) -> set[tuple[str, str, str]]:
    findings = lint_text(written(**parts), name="toy", recipe=DOMAIN.recipe, causes=tuple(DOMAIN.heads.labels))
    return {(one.severity, one.rule, one.key) for one in findings}


BEFORE = found()


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"routes__0__sla_hours": 0.01}, ("error", "late-on-arrival", "routes.0.sla_hours")),
        ({"ladders__desk__stages__0": {"at_percent": 50}}, ("error", "stage-without-receiver",
         "ladders.desk.stages.0")),
        ({"ladders__desk__stages__0": {"at_percent": 50, "raise_priority": True}},
         ("warning", "stage-without-receiver", "ladders.desk.stages.0")),
        ({"ladders__desk__nobody_acts": {"at_percent": 200, "notify": ["owner"]}, "roles__Regional manager": None},
         ("warning", "last-step-without-owner", "ladders.desk.nobody_acts")),
        ({"ladders__desk": {"stages": [{"at_percent": 50, "escalate_to": "Area manager"}],
          "nobody_acts": {"at_percent": 90, "escalate_to": "Regional manager"}}},
         ("warning", "last-step-before-due", "ladders.desk.nobody_acts")),
        ({"routes__0__ladder": None}, ("warning", "nobody-acts-not-said", "routes.0")),
        ({"roles__Nobody": {}}, ("warning", "role-not-used", "roles.Nobody")),
        ({"calendars__home": OFFICE}, ("warning", "calendar-not-used", "calendars.home")),
        ({"ladders__other": LADDER}, ("warning", "ladder-not-used", "ladders.other")),
    ],
)  # fmt: skip
def test_a_slip_is_found(parts: dict, expected: tuple[str, str, str]) -> None:
    assert found(**parts) - BEFORE == {expected}


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"routes__0__calendar": "nowhere"}, r"routes\.0\.calendar: unknown calendar 'nowhere'; known are"),
        ({"routes__0__calendar": {"P1": "nowhere"}}, r"routes\.0\.calendar: unknown calendar 'nowhere'"),
        ({"routes__0__ladder": "nowhere"}, r"routes\.0\.ladder: unknown ladder 'nowhere'; known are desk"),
        ({"ladders__desk__stages__0": {"at_percent": 5, "notify": ["Nobody"]}}, r"stages\.0\.notify: unknown role"),
        ({"ladders__desk__stages__0": {"at_percent": 5, "escalate_to": "owner"}}, r"escalate_to: unknown role 'owner'"),
        ({"ladders__desk__stages__0": {"at_percent": 5, "queue": "NOWHERE"}}, r"stages\.0\.queue: unknown queue"),
        ({"ladders__desk__stages__0": {"at_percent": 150}}, "in the order of their time: 100 % stands after 150 %"),
        ({"calendars__office": {"title": "Shut", "hours": {"mon": []}}}, "is never open"),
        ({"calendars__office": OFFICE | {"hours": {"mon-fri": "9-17"}}}, "hours of one day"),
        ({"calendars__office": OFFICE | {"hours": {"mon-fri": "22:00-06:00"}}}, "write a night as two spans"),
        ({"calendars__office": OFFICE | {"hours": {"mon-fri": ["09:00-12:00", "11:00-17:00"]}}}, "overlap"),
        ({"calendars__office": OFFICE | {"hours": {"mon-fri": "09:00-17:00", "fri": "09:00-12:00"}}},
         "fri is given twice"),
        ({"calendars__office": OFFICE | {"time_zone": "Europe/Nowhere"}}, "no zone of the IANA"),
        ({"calendars__office": OFFICE | {"holidays": [{"country": "XX"}]}}, "no public holidays are known of XX"),
        ({"calendars__office": OFFICE | {"holidays": [{"country": "US", "subdivision": "ZZ"}]}}, "ZZ of US"),
        ({"calendars__office": OFFICE | {"holidays": [{"country": "US", "worked": ["Colombus Day"]}]}},
         "'Colombus Day' is no holiday there; known are .*Columbus Day"),
        ({"calendars__office": OFFICE | {"closed": ["2026-02-30"]}}, "a day that does not exist"),
        ({"calendars__office": OFFICE | {"sites": {"0042": "sunday"}}}, r"sites\.0042: unknown calendar 'sunday'"),
        ({"calendars__around_the_clock": OFFICE}, "is the calendar that is always open"),
        ({"calendars__office": OFFICE | {"hours": {"mon": "09:00-09:05"}}, "routes__0__sla_hours": 100},
         "would take over five years"),
    ],
)  # fmt: skip
def test_what_can_never_work_does_not_load(parts: dict, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        load(**parts)


def test_a_ladder_may_not_take_a_restricted_case_to_an_open_queue() -> None:
    document = yaml.safe_load(written())
    queues = document["queues"]
    route = document["routes"][0]
    restricted = {name: queue | {"restricted": name == route["queue"]} for name, queue in queues.items()}
    other = next(name for name in queues if name != route["queue"])
    stage = {"at_percent": 50, "queue": other}
    with pytest.raises(PolicyError, match="which is restricted, to"):
        load(queues=restricted, ladders__desk__stages__0=stage)
    load(ladders__desk__stages__0={"at_percent": 50, "queue": "OVERRIDE_LP"})


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"calendars__office__hours": {"mon-sat": "09:00-17:00"}},
         "calendars.office.hours: {'mon-fri': ['09:00-17:00']} → {'mon-sat': ['09:00-17:00']}"),
        ({"calendars__office__closed": ["2026-12-24"]}, "calendars.office.closed: [] → ['2026-12-24']"),
        ({"routes__0__calendar": "around_the_clock"}, "routes.R-LP.calendar: office → around_the_clock"),
        ({"ladders__desk__nobody_acts__at_percent": 300},
         "'at_percent': 200.0"),
        ({"rest": {"most_hold_hours": 24}}, "rest.most_hold_hours: 240.0 → 24.0"),
        ({"roles__Area manager": {"endpoint": "mail"}}, "roles.Area manager.endpoint added: mail"),
    ],
)  # fmt: skip
def test_what_a_new_version_changes_is_said(parts: dict, sentence: str) -> None:
    changes = [change.sentence for change in difference(load().document, load(**parts).document)]
    assert len(changes) == 1
    assert sentence in changes[0]


def test_a_calendar_that_only_a_step_names_is_used() -> None:
    step = {
        "id": "recount", "kind": "task", "queue": "OVERRIDE_DESK", "title": "Recount", "due_hours": 2,
        "calendar": "home",
    }  # fmt: skip
    assert found(calendars__home=OFFICE, routes__1__steps=[step]) - BEFORE == set()
