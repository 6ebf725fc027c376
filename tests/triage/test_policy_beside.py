"""A variant is never in force looser than its domain's own policy, and never beside another that fits the same case."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from tests.triage.conftest import DOMAIN, DOMAINS, Clock
from triage.errors import InvalidError
from triage.installed_policies import read_installed, record_installed
from triage.policy_desk import add_draft, publish_version

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
