"""What a new release, the deployment's folder and a start do where a variant would be looser than what comes into
force."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from policies.document.errors import PolicyError
from tests.triage.conftest import DOMAIN, Clock
from tests.triage.policy_life.publishing import TIGHTER, PolicyPublisher, own, variant
from triage.policy_life.versions import publish


@pytest.fixture
def desk(engine: Engine, clock: Clock) -> PolicyPublisher:
    return PolicyPublisher(engine, clock)


class TestAtStart:
    def test_a_new_release_waits_as_a_draft_where_a_variant_would_be_looser(
        self, desk: PolicyPublisher, tmp_path: Path
    ) -> None:
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

    def test_the_cure_helps(self, desk: PolicyPublisher, tmp_path: Path) -> None:
        desk.publish(variant("n1"), "n1", of="north")
        desk.install(text=own("1.1.0", TIGHTER), folder=tmp_path)
        desk.publish(variant("n2", extends="1.1.0"), "n2", of="north")
        desk.publish(own("1.1.0", TIGHTER), "1.1.0")
        assert desk.live() == "1.1.0"

    def test_a_new_release_no_variant_is_looser_than_comes_into_force(
        self, desk: PolicyPublisher, tmp_path: Path
    ) -> None:
        desk.publish(variant("n1"), "n1", of="north")
        desk.install(text=own("1.1.0", ("title: Override desk", "title: Tills")), folder=tmp_path)
        assert (desk.live(), desk.held()) == ("1.1.0", [])

    def test_what_the_deployment_chose_is_not_replaced_by_what_was_there(
        self, desk: PolicyPublisher, tmp_path: Path
    ) -> None:
        desk.publish(variant("n1"), "n1", of="north")
        with pytest.raises(
            PolicyError, match=r"price_override.yaml: .*variant north has 0.1, which is looser than 0.05"
        ):
            desk.install(text=own("1.1.0", TIGHTER), folder=tmp_path, chosen=True)
        assert desk.live() == "1.0.0"

    def test_a_looser_variant_that_is_in_force_keeps_the_service_from_starting(self, desk: PolicyPublisher) -> None:
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

    def test_a_variant_published_ahead_of_its_parent_does_not(self, desk: PolicyPublisher) -> None:
        later = desk.clock() + timedelta(days=2)
        desk.publish(own("1.5.0", ("title: Override desk", "title: Tills")), "1.5.0", at=later)
        desk.draft(own("2.0.0", TIGHTER, ("large: 500.0", "large: 400.0")))
        desk.publish(variant("n1", extends="2.0.0"), "n1", of="north")
        desk.start()
        desk.clock.forward(days=3)
        assert desk.live() == "1.5.0"
        desk.start()
