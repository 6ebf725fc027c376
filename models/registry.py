"""Where trained models live: the only module that talks to MLflow.

A domain's model versions are registered under its name. The alias `champion` marks the version that serves, `previous`
the one before it, `challenger` the newest that does not serve. Encoders are kept once each, apart from the versions
that need them.
"""

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from models.artifact_places import relocate_artifacts
from models.bundle import MANIFEST
from models.encoder import CARD_FILE, EncoderCard, read_card
from models.errors import RegistryError, RegistryUnavailableError
from models.folders import move_into_place, scratch_folder
from models.version_record import RunRecord, SignatureColumn, VersionRef

__all__ = ["CHALLENGER", "CHAMPION", "PREVIOUS", "Registry", "RunRecord", "VersionRef"]

CHAMPION: Final = "champion"
CHALLENGER: Final = "challenger"
PREVIOUS: Final = "previous"
_ENCODERS: Final = "encoders"
_NOT_THERE: Final = frozenset({"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"})
_ENVIRONMENT: Final = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    # Bundles hold nothing pickled, so nothing pickled is ever loaded.
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    # A registry that is down must not hold up the service; the defaults wait for minutes.
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "GIT_PYTHON_REFRESH": "quiet",
}


def tracking_uri_in_use() -> str:
    """Return the address that MLflow's own tools use in this process."""
    import mlflow

    return str(mlflow.get_tracking_uri())


class Registry:
    """An MLflow tracking server and registry.

    tracking_uri: `sqlite:///FILE` or an address. artifact_root: where an embedded store keeps its files; a server has
    its own.
    Every call raises RegistryUnavailableError when the store cannot be reached.
    """

    def __init__(self, tracking_uri: str, artifact_root: Path | None = None) -> None:
        self.tracking_uri = tracking_uri
        self._artifact_root = artifact_root.resolve() if artifact_root is not None else None
        self._opened: Any = None
        self._known: set[str] = set()

    def champion(self, name: str) -> VersionRef | None:
        """Return the version that serves, None where there is none."""
        return self._aliased(name, CHAMPION)

    def challenger(self, name: str) -> VersionRef | None:
        """Return the newest version that does not serve yet, None where there is none."""
        return self._aliased(name, CHALLENGER)

    def previous(self, name: str) -> VersionRef | None:
        """Return the version that served before the champion, None where there is none."""
        return self._aliased(name, PREVIOUS)

    def versions(self, name: str) -> list[VersionRef]:
        """List the versions of a domain's model, newest first, with their aliases."""
        if self._is_empty():
            return []
        with self._reached() as client:
            model = _or_none(lambda: client.get_registered_model(name))
            if model is None:
                return []
            aliases: dict[str, list[str]] = {}
            for alias, number in model.aliases.items():
                aliases.setdefault(str(number), []).append(alias)
            found = list(client.search_model_versions(f"name = '{name}'"))
        refs = [_ref(version, aliases.get(str(version.version), [])) for version in found]
        return sorted(refs, key=lambda ref: -ref.version)

    def version(self, name: str, number: int) -> VersionRef:
        """Return one version; raise RegistryError where there is none."""
        for ref in self.versions(name):
            if ref.version == number:
                return ref
        raise RegistryError(f"{name} has no version {number}")

    def download(self, ref: VersionRef, into: Path) -> Path:
        """Bring a version's bundle into `into`, under a folder of its own; what is there already is not fetched
        again."""
        # The run's id, not the number alone: another MLflow, or one begun anew, counts from 1 again.
        folder = into / ref.name / f"{ref.version}-{ref.run_id}"
        if (folder / MANIFEST).is_file():
            return folder
        with self._reached() as client, scratch_folder(into) as scratch:
            source = client.get_model_version_download_uri(ref.name, str(ref.version))
            fetched = self._fetch(source, scratch)
            manifests = sorted(fetched.glob(f"**/{MANIFEST}"))
            if len(manifests) != 1:
                raise RegistryError(f"{ref} holds {len(manifests)} bundles; it was not registered by this program")
            move_into_place(manifests[0].parent, folder)
        return folder

    def register(self, name: str, *, bundle: Path, record: RunRecord, now: datetime) -> VersionRef:
        """Log a training run with everything a reviewer looks at, and register its bundle as the next version."""
        with self._reached() as client:
            import mlflow

            run = client.create_run(
                self._experiment(client, name),
                start_time=int(now.timestamp() * 1000),
                run_name=record.run_name,
                tags={**record.tags, "mlflow.note.content": record.description, "mlflow.source.name": "triage train"},
            )
            mlflow.set_tracking_uri(self.tracking_uri)
            try:
                with mlflow.start_run(run_id=run.info.run_id):
                    version = _log(mlflow, client, name, bundle, record, run.info.run_id)
            except BaseException:
                client.set_terminated(run.info.run_id, "FAILED")
                raise
            return _ref(client.get_model_version(name, version), [])

    def set_champion(self, name: str, version: int) -> VersionRef:
        """Let a version serve; the one that did until now becomes `previous`. Raises RegistryError where there is
        none."""
        chosen, serving = self.version(name, version), self.champion(name)
        with self._reached() as client:
            if serving is not None and serving.version != version:
                client.set_registered_model_alias(name, PREVIOUS, str(serving.version))
            client.set_registered_model_alias(name, CHAMPION, str(version))
            if CHALLENGER in chosen.aliases:
                client.delete_registered_model_alias(name, CHALLENGER)
        return self.version(name, version)

    def set_challenger(self, name: str, version: int) -> VersionRef:
        """Mark a version as the one that may serve next."""
        with self._reached() as client:
            client.set_registered_model_alias(name, CHALLENGER, str(self.version(name, version).version))
        return self.version(name, version)

    def roll_back(self, name: str) -> VersionRef:
        """Let the previous version serve again; the two change places. Raises RegistryError where there is none."""
        previous = self.previous(name)
        if previous is None:
            raise RegistryError(f"{name} has no previous version to go back to")
        return self.set_champion(name, previous.version)

    def keep_encoder(self, folder: Path, card: EncoderCard) -> None:
        """Keep an encoder, once, for the services that will need it."""
        with self._reached() as client:
            experiment = self._experiment(client, _ENCODERS)
            if self._encoder_run(client, card) is None:
                tags = {"encoder": card.key, "encoder_sha256": card.model_sha256}
                run = client.create_run(experiment, run_name=f"{card.name} {card.key}", tags=tags)
                client.log_artifacts(run.info.run_id, str(folder), "encoder")
                client.set_terminated(run.info.run_id)

    def fetch_encoder(self, card: EncoderCard, into: Path) -> Path:
        """Bring an encoder into a folder of its own under `into`, unless one there holds it already."""
        folder = into / card.key
        for file in into.glob(f"*/{CARD_FILE}"):
            if read_card(file.parent).key == card.key:
                return file.parent
        with self._reached() as client, scratch_folder(into) as scratch:
            run = self._encoder_run(client, card)
            if run is None:
                raise RegistryError(f"the registry does not hold the encoder {card.name} ({card.key})")
            move_into_place(self._fetch(f"{run.info.artifact_uri}/encoder", scratch), folder)
        return folder

    def _aliased(self, name: str, alias: str) -> VersionRef | None:
        if self._is_empty():
            self._require_known(name)
            return None
        with self._reached() as client:
            found = _or_none(lambda: client.get_model_version_by_alias(name, alias))
            if found is None and name in self._known and _or_none(lambda: client.get_registered_model(name)) is None:
                self._require_known(name)
        if found is None:
            return None
        self._known.add(name)
        return _ref(found, [alias])

    def _require_known(self, name: str) -> None:
        """Raise RegistryUnavailableError where a model was there and no longer is.

        Whoever wants a model to stop takes its alias away; a registry without the model was moved, or began anew.
        """
        if name in self._known:
            raise RegistryUnavailableError(f"MLflow at {_no_secrets(self.tracking_uri)} no longer has {name}")

    def _encoder_run(self, client: Any, card: EncoderCard) -> Any:
        experiment = client.get_experiment_by_name(_ENCODERS)
        if experiment is None:
            return None
        wanted = f"tags.encoder = '{card.key}' and attributes.status = 'FINISHED'"
        return next(iter(client.search_runs([experiment.experiment_id], wanted, max_results=1)), None)

    def _experiment(self, client: Any, name: str) -> str:
        found = client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        root = self._artifact_root
        # Written down in full: the default would depend on the folder the program was started in.
        location = (root / name).as_uri() if root is not None and self.tracking_uri.startswith("sqlite") else None
        # Without the tag the pages open on MLflow's view for language-model applications.
        tags = {"mlflow.experimentKind": "custom_model_development"}
        return str(client.create_experiment(name, artifact_location=location, tags=tags))

    def _fetch(self, source: str, scratch: Path) -> Path:
        import mlflow

        return Path(mlflow.artifacts.download_artifacts(source, dst_path=str(scratch), tracking_uri=self.tracking_uri))

    def _is_empty(self) -> bool:
        """Return whether an embedded store has never been written; asking it would create it, which takes seconds."""
        prefix = "sqlite:///"
        return self.tracking_uri.startswith(prefix) and not Path(self.tracking_uri.removeprefix(prefix)).exists()

    @contextmanager
    def _reached(self) -> Iterator[Any]:
        for variable, value in _ENVIRONMENT.items():
            os.environ.setdefault(variable, value)
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        try:
            if self._opened is None:
                self._prepare()
                self._opened = MlflowClient(tracking_uri=self.tracking_uri, registry_uri=self.tracking_uri)
            yield self._opened
        except RegistryError:
            raise
        except (MlflowException, SQLAlchemyError, OSError) as error:
            shown = _no_secrets(self.tracking_uri)
            why = _first_line(error).replace(self.tracking_uri, shown)
            raise RegistryUnavailableError(f"MLflow at {shown} cannot be reached: {why}") from error

    def _prepare(self) -> None:
        prefix = "sqlite:///"
        if self.tracking_uri.startswith(prefix):
            store = Path(self.tracking_uri.removeprefix(prefix))
            store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._artifact_root is not None:
                # The home folder may have been moved or copied since.
                relocate_artifacts(store, self._artifact_root)


def _log(mlflow: Any, client: Any, name: str, bundle: Path, record: RunRecord, run_id: str) -> str:
    """Log everything into the running run; returns the number of the registered version."""
    mlflow.log_params(dict(record.params))
    mlflow.log_metrics(dict(record.metrics))
    data = mlflow.data.from_pandas(record.example, name=record.data_name, digest=record.data_digest[:32])
    mlflow.log_input(data, context="training")
    for picture in record.pictures:
        mlflow.log_artifact(str(picture), "plots")
    for document, content in record.documents.items():
        mlflow.log_dict(content, document)
    for file, text in record.texts.items():
        mlflow.log_text(text, file)
    with warnings.catch_warnings():
        # An example would be a customer's case.
        warnings.filterwarnings("ignore", message=".*An input example was not provided")
        info = mlflow.pyfunc.log_model(
            name="model",
            loader_module=record.loader_module,
            data_path=str(bundle),
            signature=mlflow.models.ModelSignature(inputs=_schema(record.inputs), outputs=_schema(record.outputs)),
            # MLflow's own package and nothing else: this program is on no public index, where anybody could take a name
            # it asked for.
            pip_requirements=[],
            metadata={"needs": "this program in the environment (--env-manager local)", "entity_history": "none"},
            tags=dict(record.tags),
        )
    if _or_none(lambda: client.get_registered_model(name)) is None:
        client.create_registered_model(name, description=f"Cause, risk and impact of {name.replace('_', ' ')}")
    version = client.create_model_version(
        name, info.model_uri, run_id, tags=dict(record.tags), description=record.description, model_id=info.model_id
    )
    return str(version.version)


def _schema(columns: Sequence[SignatureColumn]) -> Any:
    from mlflow.types.schema import AnyType, Array, ColSpec, DataType, Schema

    types: dict[str, Any] = {
        "string": DataType.string,
        "double": DataType.double,
        "boolean": DataType.boolean,
        "strings": Array(DataType.string),
    }
    anything: Any = AnyType
    return Schema(
        [ColSpec(types.get(column.type) or anything(), column.name, required=column.required) for column in columns]
    )


def _or_none(call: Any) -> Any:
    from mlflow.exceptions import MlflowException

    try:
        return call()
    except MlflowException as error:
        if error.error_code in _NOT_THERE:
            return None
        raise


def _ref(version: Any, aliases: Sequence[str]) -> VersionRef:
    return VersionRef(
        name=version.name,
        version=int(version.version),
        run_id=version.run_id or "",
        created_at=datetime.fromtimestamp(version.creation_timestamp / 1000, UTC),
        aliases=tuple(sorted(aliases)),
        description=version.description or "",
        tags=dict(version.tags),
    )


def _no_secrets(uri: str) -> str:
    scheme, separator, rest = uri.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
