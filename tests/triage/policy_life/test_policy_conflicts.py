"""A variant is never in force looser than its domain's own policy, and never beside another that fits the same case."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, update

from tests.triage.conftest import DOMAIN, Clock
from tests.triage.policy_life.publishing import TIGHTER, PolicyPublisher, own, variant
from triage.db.schema import policy_versions
from triage.errors import InvalidError
from triage.policy_life.acts import publish_version


@pytest.fixture
def desk(engine: Engine, clock: Clock) -> PolicyPublisher:
    return PolicyPublisher(engine, clock)


class TestParent:
    def test_one_stricter_than_a_live_variant_is_refused_with_variant_line_key_and_cure(
        self, desk: PolicyPublisher
    ) -> None:
        desk.publish(variant("n1", more="thresholds: {confirm_at_risk: 0.08}\n"), "n1", of="north")
        with pytest.raises(InvalidError) as refused:
            desk.publish(own("2.0.0", TIGHTER), "2.0.0")
        (problem,) = refused.value.problems
        assert (problem.field, problem.value) == ("document.thresholds.confirm_at_risk", "price_override n1:6")
        assert "variant north has 0.08, which is looser than 0.05 of price_override 2.0.0" in problem.message
        assert "publish a tightened variant first, one that extends 2.0.0" in problem.message

    def test_what_the_variant_only_inherited_counts_too(self, desk: PolicyPublisher) -> None:
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
        self, desk: PolicyPublisher, change: tuple[str, str], key: str
    ) -> None:
        desk.publish(variant("n1"), "n1", of="north")
        with pytest.raises(InvalidError) as refused:
            desk.publish(own("2.0.0", change), "2.0.0")
        assert f"document.{key}" in [problem.field for problem in refused.value.problems]

    def test_words_and_what_only_loosens_are_free(self, desk: PolicyPublisher) -> None:
        desk.publish(variant("n1"), "n1", of="north")
        desk.publish(own("2.0.0", ("title: Override desk", "title: Tills")), "2.0.0")
        desk.publish(own("3.0.0", ("confirm_at_risk: 0.1", "confirm_at_risk: 0.2")), "3.0.0")

    def test_the_cure_helps(self, desk: PolicyPublisher) -> None:
        desk.publish(variant("n1"), "n1", of="north")
        desk.draft(own("2.0.0", TIGHTER, ("large: 500.0", "large: 400.0")))
        desk.publish(variant("n2", extends="2.0.0"), "n2", of="north")
        desk.publish(own("2.0.0", TIGHTER, ("large: 500.0", "large: 400.0")), "2.0.0")

    def test_a_scheduled_variant_counts_from_its_instant(self, desk: PolicyPublisher) -> None:
        later = desk.clock() + timedelta(days=2)
        desk.publish(variant("n1"), "n1", of="north", at=later)
        with pytest.raises(InvalidError, match="variant north"):
            desk.publish(own("2.0.0", TIGHTER), "2.0.0")

    def test_only_while_both_are_in_force(self, desk: PolicyPublisher) -> None:
        later = desk.clock() + timedelta(days=2)
        desk.publish(variant("n1"), "n1", of="north")
        desk.draft(own("2.0.0", TIGHTER))
        desk.publish(variant("n2", extends="2.0.0"), "n2", of="north", at=later)
        desk.publish(own("2.0.0", TIGHTER), "2.0.0", at=later)
        with pytest.raises(InvalidError, match=r"n1:.* variant north"):
            desk.publish(own("2.1.0", TIGHTER), "2.1.0", at=later - timedelta(hours=1))


class TestVariant:
    def test_one_that_extends_what_is_past_is_refused_where_it_is_looser(self, desk: PolicyPublisher) -> None:
        desk.publish(own("2.0.0", ("large: 500.0", "large: 400.0")), "2.0.0")
        with pytest.raises(InvalidError, match=r"limits.large: .*let it extend 2.0.0"):
            desk.publish(variant("n1"), "n1", of="north")

    def test_one_for_the_same_cases_as_a_scheduled_one_is_refused(self, desk: PolicyPublisher) -> None:
        later = desk.clock() + timedelta(days=2)
        desk.publish(variant("n1"), "n1", of="north", at=later)
        for at in (None, later + timedelta(days=1)):
            with pytest.raises(InvalidError, match="variants cold and north fit the same cases"):
                desk.publish(variant("c1", name="cold"), "c1", of="cold", at=at)
        desk.publish(variant("s1", name="south", region="SOUTH"), "s1", of="south")

    def test_each_version_of_another_counts(self, desk: PolicyPublisher) -> None:
        later = desk.clock() + timedelta(days=2)
        desk.publish(variant("n1"), "n1", of="north")
        desk.publish(variant("n2", region="SOUTH"), "n2", of="north", at=later)
        for region in ("NORTH", "SOUTH"):
            with pytest.raises(InvalidError, match="fit the same cases"):
                desk.publish(variant(f"c-{region}", name="cold", region=region), f"c-{region}", of="cold")
        desk.publish(variant("c-NORTH", name="cold", region="NORTH"), "c-NORTH", of="cold", at=later)


class TestRollingBack:
    LARGE = ("large: 500.0", "large: 400.0")

    def test_the_reverse_of_publishing_is_always_open(self, desk: PolicyPublisher) -> None:
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

    def test_not_in_another_order(self, desk: PolicyPublisher) -> None:
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

    def test_the_parent_does_not_become_stricter_than_a_variant_born_since(self, desk: PolicyPublisher) -> None:
        desk.publish(own("2.0.0", ("confirm_at_risk: 0.1", "confirm_at_risk: 0.2")), "2.0.0")
        desk.publish(variant("n1", extends="2.0.0"), "n1", of="north")
        with pytest.raises(InvalidError, match=r"north has 0.2, which is looser than 0.1 .* roll variant north back"):
            desk.roll_back()
        assert desk.live() == "2.0.0"
        assert (desk.roll_back(of="north"), desk.roll_back()) == (None, "1.0.0")

    def test_a_limit_of_which_nobody_can_know_is_refused_where_nobody_compared_it(self, desk: PolicyPublisher) -> None:
        desk.publish(own("2.0.0", self.LARGE), "2.0.0")
        desk.publish(variant("n1", extends="2.0.0"), "n1", of="north")
        with pytest.raises(InvalidError, match=r"limits.large: .*may be looser"):
            desk.roll_back()

    def test_withdrawing_what_was_scheduled_leaves_no_looser_variant_to_come(self, desk: PolicyPublisher) -> None:
        later = desk.clock() + timedelta(days=2)
        desk.publish(own("2.0.0", ("confirm_at_risk: 0.1", "confirm_at_risk: 0.2")), "2.0.0", at=later)
        desk.publish(variant("n1", extends="2.0.0"), "n1", of="north", at=later)
        with pytest.raises(InvalidError, match=r"variant north has 0\.2"):
            desk.roll_back()
        assert desk.live(hours=72) == "2.0.0"
        desk.roll_back(of="north")
        desk.roll_back()
        assert (desk.live(hours=72), desk.live(of="north", hours=72)) == ("1.0.0", None)

    def test_where_a_new_release_reads_neither_of_the_two_it_is_still_the_way_out(self, desk: PolicyPublisher) -> None:
        desk.publish(variant("n1"), "n1", of="north")
        desk.draft(own("2.0.0", TIGHTER))
        desk.publish(variant("n2", extends="2.0.0"), "n2", of="north")
        desk.publish(own("2.0.0", TIGHTER), "2.0.0")
        with desk.engine.begin() as connection:
            unread = policy_versions.c.version.in_(["2.0.0", "n2"])
            connection.execute(update(policy_versions).where(unread).values(document="domain: ["))
        assert (desk.roll_back(), desk.roll_back(of="north")) == ("1.0.0", "n1")
        desk.start()

    def test_a_variant_does_not_come_back_beside_another_for_the_same_cases(self, desk: PolicyPublisher) -> None:
        desk.publish(variant("n1"), "n1", of="north")
        desk.publish(variant("n2", region="SOUTH"), "n2", of="north")
        desk.publish(variant("c1", name="cold", region="NORTH"), "c1", of="cold")
        with pytest.raises(InvalidError, match="fit the same cases"):
            desk.roll_back(of="north")


class TestAtTheSameInstant:
    """A policy and its variant are published by two people, each before the other's act is there to be seen."""

    def test_the_second_is_checked_against_the_first(self, desk: PolicyPublisher) -> None:
        desk.draft(own("2.0.0", TIGHTER))
        desk.draft(variant("n1", more="thresholds: {confirm_at_risk: 0.08}\n"))
        with ThreadPoolExecutor(1) as other, desk.engine.begin() as connection:
            publish_version(connection, DOMAIN, "2.0.0", actor="user:pia", now=desk.clock())
            second = other.submit(
                desk.publish, variant("n1", more="thresholds: {confirm_at_risk: 0.08}\n"), "n1", of="north"
            )
            with pytest.raises(TimeoutError):
                second.result(timeout=0.5)
            connection.commit()
            with pytest.raises(InvalidError, match=r"looser than 0\.05"):
                second.result(timeout=30)
        assert (desk.live(), desk.live(of="north")) == ("2.0.0", None)

    def test_so_is_one_brought_back_by_a_roll_back(self, desk: PolicyPublisher) -> None:
        desk.publish(own("2.0.0", TIGHTER), "2.0.0")
        desk.publish(own("3.0.0"), "3.0.0")
        desk.draft(variant("n1", extends="3.0.0"))
        desk.clock.forward(minutes=1)
        with ThreadPoolExecutor(1) as other, desk.engine.begin() as connection:
            publish_version(connection, DOMAIN, "n1", variant="north", actor="user:pia", now=desk.clock())
            second = other.submit(desk.roll_back)
            with pytest.raises(TimeoutError):
                second.result(timeout=0.5)
            connection.commit()
            with pytest.raises(InvalidError, match=r"looser than 0\.05"):
                second.result(timeout=30)
        assert (desk.live(), desk.live(of="north")) == ("3.0.0", "n1")
