"""The life of a policy version: recorded once, published with a date, rolled back with one act, and all of it
audited."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, insert
from sqlalchemy.exc import OperationalError

from policies.document.errors import PolicyError
from tests.triage.conftest import DOMAIN, DOMAINS, Clock, ScriptedScorer, override
from tests.triage.policy_life.editing import PolicyEditor
from tests.triage.policy_life.publishing import own
from triage.db.schema import policy_publications, policy_versions
from triage.errors import ConflictError, InvalidError, NotFoundError
from triage.intake.intake import Intake
from triage.policy_life.installed import read_installed, record_at_start, record_installed
from triage.policy_life.live import LivePolicies, queues_written
from triage.policy_life.versions import (
    find_version,
    get_version,
)


@pytest.fixture
def desk(engine: Engine, clock: Clock) -> PolicyEditor:
    return PolicyEditor(engine, clock)


class TestDrafts:
    def test_a_version_is_recorded_once_and_never_changed(self, desk: PolicyEditor) -> None:
        assert desk.add("2.0.0")
        assert not desk.add("2.0.0")
        with pytest.raises(ConflictError, match=r"version 2.0.0 is stored with other content .* raise `version`"):
            desk.add("2.0.0", ("review_at_risk: 0.3", "review_at_risk: 0.2"))
        with desk.engine.connect() as connection:
            assert get_version(connection, DOMAIN.name, "2.0.0").document == own("2.0.0")
        assert desk.audited() == [("user:pia", "policy_draft", "2.0.0")]

    def test_a_draft_changes_nothing_that_is_in_force(self, desk: PolicyEditor) -> None:
        desk.install()
        desk.add("2.0.0")
        assert (desk.live(), desk.states()) == ("1.0.0", {"2.0.0": "draft", "1.0.0": "live"})

    def test_an_unknown_version_is_named_with_those_there_are(self, desk: PolicyEditor) -> None:
        desk.install()
        with pytest.raises(NotFoundError, match=r"has no version '9.9'; the newest are 1.0.0"):
            desk.publish("9.9")


class TestPublishing:
    def test_it_is_in_force_at_once_and_audited_with_version_and_actor(self, desk: PolicyEditor) -> None:
        desk.install()
        desk.add("2.0.0")
        desk.clock.forward(hours=1)
        desk.publish("2.0.0")
        assert desk.live() == "2.0.0"
        assert desk.states() == {"2.0.0": "live", "1.0.0": "past"}
        assert desk.audited() == [
            ("system", "policy_draft", "1.0.0"), ("system", "policy_publish", "1.0.0"),
            ("user:pia", "policy_draft", "2.0.0"), ("user:pia", "policy_publish", "2.0.0"),
        ]  # fmt: skip

    def test_with_a_date_it_comes_into_force_on_the_instant(self, desk: PolicyEditor) -> None:
        desk.install()
        desk.add("2.0.0")
        desk.publish("2.0.0", at=desk.clock() + timedelta(hours=2))
        assert desk.states() == {"2.0.0": "scheduled", "1.0.0": "live"}
        assert [desk.live(hours=hours) for hours in (1.999, 2.0)] == ["1.0.0", "2.0.0"]

    def test_a_date_in_the_past_is_refused(self, desk: PolicyEditor) -> None:
        desk.install()
        desk.add("2.0.0")
        with pytest.raises(InvalidError, match=r"effective_at .* must not lie in the past"):
            desk.publish("2.0.0", at=desk.clock() - timedelta(seconds=1))

    def test_what_is_in_force_is_not_published_again(self, desk: PolicyEditor) -> None:
        desk.install()
        with pytest.raises(ConflictError, match="already in force"):
            desk.publish("1.0.0")


class TestRollingBack:
    @pytest.fixture
    def third(self, desk: PolicyEditor) -> PolicyEditor:
        desk.install()
        for version in ("2.0.0", "3.0.0"):
            desk.add(version)
            desk.clock.forward(days=1)
            desk.publish(version)
        return desk

    def test_twice_goes_back_twice(self, third: PolicyEditor) -> None:
        assert (third.roll_back(), third.live()) == ("2.0.0", "2.0.0")
        third.clock.forward(minutes=1)
        assert (third.roll_back(), third.live()) == ("1.0.0", "1.0.0")
        with pytest.raises(ConflictError, match="had no version before"):
            third.roll_back()
        assert third.audited()[-2:] == [
            ("user:pia", "policy_rollback", "2.0.0"),
            ("user:pia", "policy_rollback", "1.0.0"),
        ]

    def test_after_a_named_version_it_goes_one_further_back(self, third: PolicyEditor) -> None:
        third.publish("2.0.0", at=third.clock() + timedelta(days=1))
        assert third.roll_back("2.0.0") == "2.0.0"  # before its time: the publication itself is withdrawn
        third.clock.forward(minutes=1)
        assert third.roll_back() == "1.0.0"

    def test_it_never_goes_round_in_circles(self, third: PolicyEditor) -> None:
        third.clock.forward(days=1)
        third.publish("2.0.0")
        third.clock.forward(days=1)
        back = []
        for _ in range(3):
            third.clock.forward(minutes=1)
            back.append(third.roll_back())
        assert back == ["3.0.0", "2.0.0", "1.0.0"]

    def test_what_was_skipped_comes_back_only_by_name(self, third: PolicyEditor) -> None:
        back = []
        for to in ("1.0.0", "3.0.0", None, None):
            third.clock.forward(minutes=1)
            back.append(third.roll_back(to))
        assert back == ["1.0.0", "3.0.0", "2.0.0", "1.0.0"]
        with pytest.raises(ConflictError, match="had no version before"):
            third.roll_back()

    def test_after_the_very_first_it_names_what_a_person_may_have_wanted_back(self, third: PolicyEditor) -> None:
        third.roll_back("1.0.0")
        third.clock.forward(minutes=1)
        with pytest.raises(ConflictError) as refused:
            third.roll_back()
        assert refused.value.detail == (
            "price_override had no version before 1.0.0, its first, and rolling back never goes forward; "
            "to bring back 3.0.0, which was in force until the rollback, name it as `to`"
        )
        assert third.roll_back("3.0.0") == "3.0.0"

    def test_where_there_was_only_ever_one_there_is_nothing_to_name(self, desk: PolicyEditor) -> None:
        desk.install()
        with pytest.raises(ConflictError, match=r"had no version before 1.0.0, its first; publish another"):
            desk.roll_back()

    def test_published_twice_in_a_row_counts_once(self, desk: PolicyEditor) -> None:
        desk.install()
        desk.add("2.0.0")
        desk.publish("2.0.0", at=desk.clock() + timedelta(days=2))
        desk.clock.forward(days=1)
        desk.publish("2.0.0")
        desk.clock.forward(days=3)
        assert desk.roll_back() == "1.0.0"

    def test_to_a_named_version(self, third: PolicyEditor) -> None:
        assert (third.roll_back("1.0.0"), third.live()) == ("1.0.0", "1.0.0")

    def test_never_to_what_nobody_ever_published(self, third: PolicyEditor) -> None:
        third.add("4.0.0")
        with pytest.raises(ConflictError, match="was never in force: publish it instead"):
            third.roll_back("4.0.0")

    def test_withdraws_what_was_to_come(self, third: PolicyEditor) -> None:
        third.add("4.0.0")
        third.publish("4.0.0", at=third.clock() + timedelta(days=1))
        assert third.live(hours=48) == "4.0.0"
        assert third.roll_back() == "3.0.0"
        assert third.live(hours=48) == "3.0.0"

    def test_afterwards_the_same_version_may_be_published_again(self, third: PolicyEditor) -> None:
        third.roll_back()
        third.clock.forward(minutes=1)
        third.publish("3.0.0")
        assert third.live() == "3.0.0"


class TestInstalled:
    def test_a_first_start_records_and_publishes_and_a_second_changes_nothing(self, desk: PolicyEditor) -> None:
        desk.install()
        desk.clock.forward(days=1)
        desk.install()
        assert desk.live() == "1.0.0"
        assert len(desk.audited()) == 2

    def test_replicas_that_start_at_once_record_it_once(self, desk: PolicyEditor) -> None:
        installed = read_installed(DOMAINS)
        ready = threading.Barrier(4)

        def start(number: int) -> None:
            ready.wait()
            record_at_start(desk.engine, installed, now=desk.clock())

        with ThreadPoolExecutor(4) as replicas:
            list(replicas.map(start, range(4)))
        assert desk.audited() == [("system", "policy_draft", "1.0.0"), ("system", "policy_publish", "1.0.0")]

    def test_a_rollback_survives_a_restart(self, desk: PolicyEditor, tmp_path) -> None:
        desk.install()
        (tmp_path / f"{DOMAIN.name}.yaml").write_text(own("2.0.0"))
        desk.clock.forward(days=1)
        desk.install(str(tmp_path))
        assert desk.live() == "2.0.0"
        desk.clock.forward(days=1)
        desk.roll_back()
        desk.install(str(tmp_path))
        assert desk.live() == "1.0.0"

    def test_a_known_version_with_other_content_names_file_and_cure(self, desk: PolicyEditor, tmp_path) -> None:
        desk.install()
        (tmp_path / f"{DOMAIN.name}.yaml").write_text(own("1.0.0", ("review_at_risk: 0.3", "review_at_risk: 0.2")))
        with pytest.raises(PolicyError, match=r"price_override.yaml: .*version 1.0.0 .* raise `version`"):
            desk.install(str(tmp_path))

    def test_a_new_release_does_not_undo_what_a_person_published(
        self, desk: PolicyEditor, monkeypatch, tmp_path
    ) -> None:
        desk.install()
        desk.add("1.5.0-ours")
        desk.clock.forward(days=1)
        desk.publish("1.5.0-ours")
        newer = tmp_path / "new_release.yaml"
        newer.write_text(own("1.1.0"))
        released = {DOMAIN.name: _with_file(newer)}
        with desk.engine.begin() as connection:
            record_installed(connection, read_installed(released), now=desk.clock())
        assert (desk.live(), desk.states()["1.1.0"]) == ("1.5.0-ours", "draft")


class TestLive:
    def test_a_published_version_decides_the_next_case_without_a_restart(self, desk: PolicyEditor, house) -> None:
        desk.install()
        live = desk.watch()
        intake, one = _taking(desk, house, live)
        assert one(1)["policy_version"] == "1.0.0"
        desk.add("2.0.0", ("confirm_at_risk: 0.1", "confirm_at_risk: 0.01"))
        desk.clock.forward(hours=1)
        desk.publish("2.0.0")
        live.refresh()
        after = one(2)
        assert (after["policy_version"], after["disposition"]) == ("2.0.0", "confirm")
        assert one(1)["policy_version"] == "1.0.0"  # what was decided keeps its version
        intake.stop()

    def test_a_scheduled_version_decides_from_its_instant_without_another_look(self, desk: PolicyEditor) -> None:
        desk.install()
        desk.add("2.0.0")
        desk.publish("2.0.0", at=desk.clock() + timedelta(hours=1))
        live = desk.watch()
        now = desk.clock()
        versions = [live.at(now + timedelta(minutes=minutes))[DOMAIN.name].version for minutes in (0, 59, 60)]
        assert versions == ["1.0.0", "1.0.0", "2.0.0"]

    def test_what_no_longer_loads_never_replaces_what_serves_and_readiness_says_so(self, desk: PolicyEditor) -> None:
        desk.install()
        live = desk.watch()
        desk.add("2.0.0")
        with desk.engine.begin() as connection:
            connection.execute(
                policy_versions.update().where(policy_versions.c.version == "2.0.0").values(document="domain: [")
            )
        desk.clock.forward(hours=1)
        desk.publish("2.0.0")
        live.refresh()
        assert live.at(desk.clock())[DOMAIN.name].version == "1.0.0"
        described = live.describe()[DOMAIN.name]
        assert described["policy_version"] == "1.0.0"
        assert "version 2.0.0 does not load" in described["refused"]
        with pytest.raises(PolicyError):
            desk.watch()  # a start with nothing to go on with says so instead of deciding by something else

    def test_queues_of_versions_before_are_still_known_and_still_restricted(self, desk: PolicyEditor) -> None:
        desk.install()
        renamed = ("OVERRIDE_LP", "TILL_LP")
        desk.add("2.0.0", renamed)
        desk.clock.forward(hours=1)
        desk.publish("2.0.0")
        queues = desk.watch().at(desk.clock()).queues(DOMAIN.name)
        assert list(queues) == ["OVERRIDE_DESK", "TILL_LP", "OVERRIDE_LP"]
        assert queues["OVERRIDE_LP"].restricted

    @pytest.mark.parametrize("broken", ["queues: [", "queues: 2026-02-30"])
    def test_a_version_that_no_longer_reads_has_none(self, broken: str) -> None:
        assert queues_written(broken) == {}

    def test_a_shadow_is_told_apart_from_what_is_in_force(self, desk: PolicyEditor) -> None:
        desk.install()
        desk.add("2.0.0")
        desk.shadow("2.0.0")
        live = desk.watch()
        assert [policy.version for policy in live.shadows(DOMAIN.name)] == ["2.0.0"]
        assert live.at(desk.clock())[DOMAIN.name].version == "1.0.0"
        desk.shadow(None)
        live.refresh()
        assert live.shadows(DOMAIN.name) == ()
        with pytest.raises(ConflictError, match="no version of price_override is in shadow"):
            desk.shadow(None)

    def test_a_database_that_does_not_answer_changes_nothing_that_serves(self, desk: PolicyEditor) -> None:
        desk.install()
        live = desk.watch()
        event.listen(desk.engine, "before_cursor_execute", _gone)
        live.refresh()
        event.remove(desk.engine, "before_cursor_execute", _gone)
        described = live.describe()[DOMAIN.name]
        assert (described["policy_version"], described["database"]) == ("1.0.0", "unreachable")
        live.refresh()
        assert live.describe()[DOMAIN.name]["database"] == "ok"

    def test_an_act_that_becomes_visible_after_a_later_one_is_still_seen(self, desk: PolicyEditor) -> None:
        desk.install()
        desk.add("2.0.0")
        live = desk.watch()
        with desk.engine.begin() as connection:
            row = {"domain": DOMAIN.name, "variant": "", "kind": "publish", "published_by": "user:pia"}
            at = {"effective_at": desk.clock(), "published_at": desk.clock()}
            connection.execute(insert(policy_publications), {**row, **at, "publication_id": 99, "version": "1.0.0"})
        live.refresh()
        with desk.engine.begin() as connection:
            at = {"effective_at": desk.clock.forward(minutes=1), "published_at": desk.clock()}
            connection.execute(insert(policy_publications), {**row, **at, "publication_id": 98, "version": "2.0.0"})
        live.refresh()
        assert live.at(desk.clock())[DOMAIN.name].version == "2.0.0"

    def test_a_process_whose_clock_is_behind_the_publishers_has_a_policy(self, desk: PolicyEditor) -> None:
        desk.install()
        live = desk.watch()
        desk.clock.forward(minutes=-4)
        assert live.at(desk.clock())[DOMAIN.name].version == "1.0.0"
        assert desk.watch().describe()[DOMAIN.name]["policy_version"] == "1.0.0"

    def test_the_watcher_picks_up_what_another_process_published(self, desk: PolicyEditor) -> None:
        desk.install()
        desk.add("2.0.0")
        live = LivePolicies(desk.engine, DOMAINS, poll_seconds=0.02, clock=desk.clock)
        live.start()
        desk.clock.forward(minutes=1)
        desk.publish("2.0.0")
        for _ in range(250):
            if live.at(desk.clock())[DOMAIN.name].version == "2.0.0":
                break
            time.sleep(0.02)
        live.stop()
        assert live.at(desk.clock())[DOMAIN.name].version == "2.0.0"

    def test_nothing_in_force_is_refused_at_start(self, desk: PolicyEditor) -> None:
        with pytest.raises(PolicyError, match="no policy is in force"):
            desk.watch()
        with desk.engine.connect() as connection:
            assert find_version(connection, DOMAIN.name, "1.0.0") is None


def _gone(connection, cursor, statement, *rest):
    raise OperationalError(statement, {}, Exception("gone"))


def _with_file(path):
    from dataclasses import replace

    return replace(DOMAIN, policy_file=path)


def _taking(desk: PolicyEditor, house, live: LivePolicies):
    """Take cases by what is live, with a model that finds little risk."""
    champions = house(ScriptedScorer(risk=0.05)).champions
    intake = Intake(
        engine=desk.engine, domains=DOMAINS, policies=live.at, champions=champions, clock=desk.clock, group_cases=64
    )  # fmt: skip
    intake.start()
    from tests.triage.conftest import SYSTEM

    return intake, lambda number: intake.submit([override(number)], actor=SYSTEM)[0].body
