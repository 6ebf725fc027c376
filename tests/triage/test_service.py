"""What a deployment may choose, and what is refused before anything starts."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from policies.document.errors import PolicyError
from tests.triage.conftest import DOMAIN, DOMAINS, Clock
from triage.champions import NoModels
from triage.db.database import open_engine, upgrade
from triage.errors import InvalidError
from triage.policy_life.acts import add_draft, publish_version
from triage.policy_life.installed import load_policies, read_installed, record_installed
from triage.policy_life.versions import publish
from triage.service import open_service
from triage.settings import Settings


class TestSettings:
    @pytest.mark.parametrize(
        ("name", "most"),
        [("claim_minutes", 10_080), ("session_hours", 8_760), ("registry_poll_seconds", 3_600), ("port", 65_535)],
    )
    def test_a_length_has_bounds(self, name: str, most: int) -> None:
        assert getattr(Settings(**{name: most}), name) == most
        for wrong in (most + 1, 0):
            with pytest.raises(ValidationError, match=name):
                Settings(**{name: wrong})


class TestDatabase:
    @pytest.mark.parametrize(
        "url", ["mysql://root:secret@localhost/triage", "triage.db", "sqlite:triage.db", "postgres://x"]
    )
    def test_another_kind_is_refused_with_the_cure_and_without_its_password(self, url: str) -> None:
        with pytest.raises(InvalidError, match="use sqlite:///FILE or postgresql://") as refused:
            open_engine(url)
        assert "secret" not in refused.value.detail


class TestPolicyFolder:
    def test_a_file_replaces_the_built_in_policy(self, tmp_path: Path) -> None:
        text = DOMAIN.policy_file.read_text().replace("version: 1.0.0", "version: 9.9.9")
        (tmp_path / f"{DOMAIN.name}.yaml").write_text(text)
        (tmp_path / "README.md").write_text("Our own limits.")
        assert load_policies(DOMAINS, str(tmp_path))[DOMAIN.name].version == "9.9.9"

    @pytest.mark.parametrize("name", ["price_overide.yaml", "price_override.yml", "PRICE_OVERRIDE.YAML"])
    def test_a_slip_in_the_name_is_refused_and_not_silently_out_of_force(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_text(DOMAIN.policy_file.read_text())
        with pytest.raises(PolicyError, match=f"{name}: no domain has this name; expected price_override.yaml"):
            load_policies(DOMAINS, str(tmp_path))

    def test_example_cases_may_stand_beside_a_policy(self, tmp_path: Path) -> None:
        (tmp_path / f"{DOMAIN.name}.examples.yaml").write_text("domain: price_override")
        assert load_policies(DOMAINS, str(tmp_path))[DOMAIN.name].version == "1.0.0"

    def test_a_folder_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(PolicyError, match="there is no folder"):
            load_policies(DOMAINS, str(tmp_path / "gone"))


class TestStart:
    def test_it_does_not_start_beside_a_variant_looser_than_the_policy_in_force(
        self, tmp_path: Path, clock: Clock
    ) -> None:
        settings = Settings(home=tmp_path, domain_modules="toy_domain")
        engine = open_engine(settings.database)
        upgrade(engine)
        north = (
            f"domain: {DOMAIN.name}\nversion: n1\nvariant: north\nextends: 1.0.0\napplies_to: {{regions: [NORTH]}}\n"
        )
        stricter = (
            DOMAIN.policy_file.read_text()
            .replace("version: 1.0.0", "version: 2.0.0")
            .replace("risk: 0.1", "risk: 0.05")
        )
        shared = {"actor": "user:pia", "now": clock()}
        with engine.begin() as connection:
            record_installed(connection, read_installed(DOMAINS), now=clock())
            for text in (north, stricter):
                add_draft(connection, DOMAIN, text, **shared)
            publish_version(connection, DOMAIN, "n1", variant="north", **shared)
        open_service(settings, models=NoModels(), clock=clock).engine.dispose()
        with engine.begin() as connection:
            publish(connection, domain=DOMAIN.name, version="2.0.0", **shared)
        with pytest.raises(
            PolicyError, match=r"variant north has 0.1, which is looser than 0.05 of price_override 2.0.0"
        ):
            open_service(settings, models=NoModels(), clock=clock)
        engine.dispose()
