"""A variant is never in force looser than its domain's own policy, and never beside another that fits the same case."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest
from sqlalchemy import Engine, select, update

from policies.errors import PolicyError
from tests.triage.conftest import DOMAIN, DOMAINS, Clock
from triage.errors import InvalidError
from triage.installed_policies import read_installed, record_at_start, record_installed, refuse_looser
from triage.policy_desk import add_draft, publish_version, roll_back_version
from triage.policy_timeline import in_force, timeline
from triage.policy_versions import publications, publish
from triage.tables import audit_events, policy_versions

TEXT = DOMAIN.policy_file.read_text()
TIGHTER = ("confirm_at_risk: 0.1", "confirm_at_risk: 0.05")


def own(version: str, *changes: tuple[str, str]) -> str:
    text = TEXT.replace("version: 1.0.0", f"version: {version}")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def variant(version: str, *, name: str = "north", extends: str = "1.0.0", region: str = "NORTH", more: str = "") -> str:
    return (
        f"domain: price_override\nversion: {version}\nvariant: {name}\nextends: {extends}\n"
        f"applies_to: {{regions: [{region}]}}\n{more}"
    )


class Desk:
    """Somebody who records and publishes in one go."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.engine, self.clock = engine, clock
        with engine.begin() as connection:
            record_installed(connection, read_installed(DOMAINS), now=clock())
        clock.forward(hours=1)

    def draft(self, text: str) -> None:
        with self.engine.begin() as connection:
            add_draft(connection, DOMAIN, text, actor="user:pia", now=self.clock())

    def install(self, *, text: str, folder: Path, chosen: bool = False) -> None:
        """Start with another document: one of a new release, or one in the deployment's folder."""
        file = folder / f"{DOMAIN.name}.yaml"
        file.write_text(text)
        domains = DOMAINS if chosen else {DOMAIN.name: replace(DOMAIN, policy_file=file)}
        self.clock.forward(minutes=1)
        installed = read_installed(domains, str(folder) if chosen else "")
        record_at_start(self.engine, installed, now=self.clock())

    def start(self) -> None:
        """Look at what is in force as the start of a service does."""
        refuse_looser(self.engine, DOMAINS, now=self.clock())

    def roll_back(self, *, of: str | None = None, to: str | None = None) -> str | None:
        self.clock.forward(minutes=1)
        with self.engine.begin() as connection:
            act = roll_back_version(
                connection, DOMAIN, variant=of, to=to, actor="user:pia", now=self.clock()
            )  # fmt: skip
        version: str | None = act["version"]
        return version

    def live(self, *, of: str | None = None, hours: float = 0.0) -> str | None:
        with self.engine.connect() as connection:
            line = timeline(publications(connection, DOMAIN.name, variant=of))
        stretch = in_force(line, self.clock() + timedelta(hours=hours))
        return stretch.version if stretch is not None else None

    def held(self) -> list[tuple[str, list[str]]]:
        """Read from the audit chain which versions were held back and why."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(audit_events).where(audit_events.c.verb == "policy_hold")).all()
        details = [orjson.loads(row.detail) for row in rows]
        return [(detail["version"], detail["why"]) for detail in details]

    def publish(self, text: str, version: str, *, of: str | None = None, at: datetime | None = None) -> None:
        self.draft(text)
        self.clock.forward(minutes=1)
        with self.engine.begin() as connection:
            publish_version(
                connection, DOMAIN, version, variant=of, actor="user:pia", now=self.clock(), effective_at=at
            )


@pytest.fixture
def desk(engine: Engine, clock: Clock) -> Desk:
    return Desk(engine, clock)


class TestParent:
    def test_one_stricter_than_a_live_variant_is_refused_with_variant_line_key_and_cure(self, desk: Desk) -> None:
        desk.publish(variant("n1", more="thresholds: {confirm_at_risk: 0.08}\n"), "n1", of="north")
        with pytest.raises(InvalidError) as refused:
            desk.publish(own("2.0.0", TIGHTER), "2.0.0")
        (problem,) = refused.value.problems
        assert (problem.field, problem.value) == ("document.thresholds.confirm_at_risk", "price_override n1:6")
        assert "variant north has 0.08, which is looser than 0.05 of price_override 2.0.0" in problem.message
        assert "publish a tightened variant first, one that extends 2.0.0" in problem.message

    def test_what_the_variant_only_inherited_counts_too(self, desk: Desk) -> None:
        desk.publish(variant("n1"), "n1", of="north")
        with pytest.raises(InvalidError, match=r"variant north has 0.1, which is looser than 0.05"):
            desk.publish(own("2.0.0", TIGHTER), "2.0.0")

    @pytest.mark.parametrize(
        ("change", "key"),
        [
            (("large: 500.0", "large: 400.0"), "limits.large"),
            (("when: pieces >= many", "when: pieces > many"), "controls.C-PRO-3.when"),
            (("    raise_to: review", "    raise_to: escalate"), "controls.C-PRO-2.raise_to"),
            (("    cause: price_match", "    cause: price_match\n  - {id: F3, title: Odd., when: pieces > 3.0, "
              "if_missing: skip, disposition: review}"), "fallback_rules.F3"),
        ],
    )  # fmt: skip
    def test_a_limit_or_condition_of_which_nobody_can_know_is_refused(
        self, desk: Desk, change: tuple[str, str], key: str
    ) -> None:
        desk.publish(variant("n1"), "n1", of="north")
        with pytest.raises(InvalidError) as refused:
            desk.publish(own("2.0.0", change), "2.0.0")
        assert f"document.{key}" in [problem.field for problem in refused.value.problems]

    def test_words_and_what_only_loosens_are_free(self, desk: Desk) -> None:
        desk.publish(variant("n1"), "n1", of="north")
        desk.publish(own("2.0.0", ("title: Override desk", "title: Tills")), "2.0.0")
        desk.publish(own("3.0.0", ("confirm_at_risk: 0.1", "confirm_at_risk: 0.2")), "3.0.0")

    def test_the_cure_helps(self, desk: Desk) -> None:
        desk.publish(variant("n1"), "n1", of="north")
        desk.draft(own("2.0.0", TIGHTER, ("large: 500.0", "large: 400.0")))
        desk.publish(variant("n2", extends="2.0.0"), "n2", of="north")
        desk.publish(own("2.0.0", TIGHTER, ("large: 500.0", "large: 400.0")), "2.0.0")

    def test_a_scheduled_variant_counts_from_its_instant(self, desk: Desk) -> None:
        later = desk.clock() + timedelta(days=2)
        desk.publish(variant("n1"), "n1", of="north", at=later)
        with pytest.raises(InvalidError, match="variant north"):
            desk.publish(own("2.0.0", TIGHTER), "2.0.0")

    def test_only_while_both_are_in_force(self, desk: Desk) -> None:
        later = desk.clock() + timedelta(days=2)
        desk.publish(variant("n1"), "n1", of="north")
        desk.draft(own("2.0.0", TIGHTER))
        desk.publish(variant("n2", extends="2.0.0"), "n2", of="north", at=later)
        desk.publish(own("2.0.0", TIGHTER), "2.0.0", at=later)
        with pytest.raises(InvalidError, match=r"n1:.* variant north"):
            desk.publish(own("2.1.0", TIGHTER), "2.1.0", at=later - timedelta(hours=1))


class TestVariant:
    def test_one_that_extends_what_is_past_is_refused_where_it_is_looser(self, desk: Desk) -> None:
        desk.publish(own("2.0.0", ("large: 500.0", "large: 400.0")), "2.0.0")
        with pytest.raises(InvalidError, match=r"limits.large: .*let it extend 2.0.0"):
            desk.publish(variant("n1"), "n1", of="north")

    def test_one_for_the_same_cases_as_a_scheduled_one_is_refused(self, desk: Desk) -> None:
        later = desk.clock() + timedelta(days=2)
        desk.publish(variant("n1"), "n1", of="north", at=later)
        for at in (None, later + timedelta(days=1)):
            with pytest.raises(InvalidError, match="variants cold and north fit the same cases"):
                desk.publish(variant("c1", name="cold"), "c1", of="cold", at=at)
        desk.publish(variant("s1", name="south", region="SOUTH"), "s1", of="south")

    def test_each_version_of_another_counts(self, desk: Desk) -> None:
        later = desk.clock() + timedelta(days=2)
        desk.publish(variant("n1"), "n1", of="north")
        desk.publish(variant("n2", region="SOUTH"), "n2", of="north", at=later)
        for region in ("NORTH", "SOUTH"):
            with pytest.raises(InvalidError, match="fit the same cases"):
                desk.publish(variant(f"c-{region}", name="cold", region=region), f"c-{region}", of="cold")
        desk.publish(variant("c-NORTH", name="cold", region="NORTH"), "c-NORTH", of="cold", at=later)


class TestRollingBack:
    LARGE = ("large: 500.0", "large: 400.0")

    def test_the_reverse_of_publishing_is_always_open(self, desk: Desk) -> None:
        desk.publish(variant("n1"), "n1", of="north")
        desk.draft(own("2.0.0", TIGHTER, self.LARGE))
        desk.publish(variant("n2", extends="2.0.0"), "n2", of="north")
        desk.publish(own("2.0.0", TIGHTER, self.LARGE), "2.0.0")
        desk.start()
        assert desk.roll_back() == "1.0.0"
        desk.start()
        assert desk.roll_back(of="north") == "n1"
        assert desk.roll_back(of="north") is None
        desk.start()

    def test_not_in_another_order(self, desk: Desk) -> None:
        desk.publish(variant("n1"), "n1", of="north")
        desk.draft(own("2.0.0", TIGHTER))
        desk.publish(variant("n2", extends="2.0.0"), "n2", of="north")
        desk.publish(own("2.0.0", TIGHTER), "2.0.0")
        with pytest.raises(InvalidError) as refused:
            desk.roll_back(of="north")
        (problem,) = refused.value.problems
        assert "variant north has 0.1, which is looser than 0.05 of price_override 2.0.0" in problem.message
        assert "the newest act first: roll price_override back before it" in problem.message
        assert (desk.live(), desk.live(of="north")) == ("2.0.0", "n2")

    def test_the_parent_does_not_become_stricter_than_a_variant_born_since(self, desk: Desk) -> None:
        desk.publish(own("2.0.0", ("confirm_at_risk: 0.1", "confirm_at_risk: 0.2")), "2.0.0")
        desk.publish(variant("n1", extends="2.0.0"), "n1", of="north")
        with pytest.raises(InvalidError, match=r"north has 0.2, which is looser than 0.1 .* roll variant north back"):
            desk.roll_back()
        assert desk.live() == "2.0.0"
        assert (desk.roll_back(of="north"), desk.roll_back()) == (None, "1.0.0")

    def test_a_limit_of_which_nobody_can_know_is_refused_where_nobody_compared_it(self, desk: Desk) -> None:
        desk.publish(own("2.0.0", self.LARGE), "2.0.0")
        desk.publish(variant("n1", extends="2.0.0"), "n1", of="north")
        with pytest.raises(InvalidError, match=r"limits.large: .*may be looser"):
            desk.roll_back()

    def test_withdrawing_what_was_scheduled_leaves_no_looser_variant_to_come(self, desk: Desk) -> None:
        later = desk.clock() + timedelta(days=2)
        desk.publish(own("2.0.0", ("confirm_at_risk: 0.1", "confirm_at_risk: 0.2")), "2.0.0", at=later)
        desk.publish(variant("n1", extends="2.0.0"), "n1", of="north", at=later)
        with pytest.raises(InvalidError, match=r"variant north has 0\.2"):
            desk.roll_back()
        assert desk.live(hours=72) == "2.0.0"
        desk.roll_back(of="north")
        desk.roll_back()
        assert (desk.live(hours=72), desk.live(of="north", hours=72)) == ("1.0.0", None)

    def test_where_a_new_release_reads_neither_of_the_two_it_is_still_the_way_out(self, desk: Desk) -> None:
        desk.publish(variant("n1"), "n1", of="north")
        desk.draft(own("2.0.0", TIGHTER))
        desk.publish(variant("n2", extends="2.0.0"), "n2", of="north")
        desk.publish(own("2.0.0", TIGHTER), "2.0.0")
        with desk.engine.begin() as connection:
            unread = policy_versions.c.version.in_(["2.0.0", "n2"])
            connection.execute(update(policy_versions).where(unread).values(document="domain: ["))
        assert (desk.roll_back(), desk.roll_back(of="north")) == ("1.0.0", "n1")
        desk.start()

    def test_a_variant_does_not_come_back_beside_another_for_the_same_cases(self, desk: Desk) -> None:
        desk.publish(variant("n1"), "n1", of="north")
        desk.publish(variant("n2", region="SOUTH"), "n2", of="north")
        desk.publish(variant("c1", name="cold", region="NORTH"), "c1", of="cold")
        with pytest.raises(InvalidError, match="fit the same cases"):
            desk.roll_back(of="north")


class TestAtStart:
    def test_a_new_release_waits_as_a_draft_where_a_variant_would_be_looser(self, desk: Desk, tmp_path: Path) -> None:
        desk.publish(variant("n1"), "n1", of="north")
        desk.install(text=own("1.1.0", TIGHTER), folder=tmp_path)
        assert (desk.live(), desk.live(of="north")) == ("1.0.0", "n1")
        ((version, (why,)),) = desk.held()
        assert version == "1.1.0"
        assert "variant north has 0.1, which is looser than 0.05 of price_override 1.1.0" in why
        assert "publish a variant that extends it, then 1.1.0 itself" in why
        desk.start()
        desk.install(text=own("1.1.0", TIGHTER), folder=tmp_path)
        assert (desk.live(), len(desk.held())) == ("1.0.0", 1)

    def test_the_cure_helps(self, desk: Desk, tmp_path: Path) -> None:
        desk.publish(variant("n1"), "n1", of="north")
        desk.install(text=own("1.1.0", TIGHTER), folder=tmp_path)
        desk.publish(variant("n2", extends="1.1.0"), "n2", of="north")
        desk.publish(own("1.1.0", TIGHTER), "1.1.0")
        assert desk.live() == "1.1.0"

    def test_a_new_release_no_variant_is_looser_than_comes_into_force(self, desk: Desk, tmp_path: Path) -> None:
        desk.publish(variant("n1"), "n1", of="north")
        desk.install(text=own("1.1.0", ("title: Override desk", "title: Tills")), folder=tmp_path)
        assert (desk.live(), desk.held()) == ("1.1.0", [])

    def test_what_the_deployment_chose_is_not_replaced_by_what_was_there(self, desk: Desk, tmp_path: Path) -> None:
        desk.publish(variant("n1"), "n1", of="north")
        with pytest.raises(
            PolicyError, match=r"price_override.yaml: .*variant north has 0.1, which is looser than 0.05"
        ):
            desk.install(text=own("1.1.0", TIGHTER), folder=tmp_path, chosen=True)
        assert desk.live() == "1.0.0"

    def test_a_looser_variant_that_is_in_force_keeps_the_service_from_starting(self, desk: Desk) -> None:
        desk.publish(variant("n1"), "n1", of="north")
        desk.start()
        desk.draft(own("2.0.0", TIGHTER))
        with desk.engine.begin() as connection:  # past the desk, as an earlier release would have
            now = desk.clock.forward(minutes=1)
            publish(connection, domain=DOMAIN.name, version="2.0.0", actor="system", now=now)
        with pytest.raises(PolicyError, match="triage policy rollback price_override --variant north"):
            desk.start()
        desk.roll_back(of="north")
        desk.start()

    def test_a_variant_published_ahead_of_its_parent_does_not(self, desk: Desk) -> None:
        later = desk.clock() + timedelta(days=2)
        desk.publish(own("1.5.0", ("title: Override desk", "title: Tills")), "1.5.0", at=later)
        desk.draft(own("2.0.0", TIGHTER, ("large: 500.0", "large: 400.0")))
        desk.publish(variant("n1", extends="2.0.0"), "n1", of="north")
        desk.start()
        desk.clock.forward(days=3)
        assert desk.live() == "1.5.0"
        desk.start()
