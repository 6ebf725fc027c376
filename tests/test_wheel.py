"""The wheel of a scoring server: what is in it, and that it serves in an environment that nothing else was put into."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.running import free_port, served

ROOT: Final = Path(__file__).parents[1]
ROOMS: Final = {"features", "models", "policies", "triage", "serving", "training", "cli"}
NOT_FOR_SERVING: Final = (
    "torch",
    "sklearn",
    "pandas",
    "pyarrow",
    "matplotlib",
    "sentence_transformers",
    "lab",
    "tests",
)
CASE: Final = {
    "domain": "return_fraud",
    "exception_id": "WHEEL-1",
    "payload": {
        "claim_type": "return", "channel": "store", "sku": "4711", "qty_claimed": 1, "refund_amount": "129.99",
        "has_receipt": False,
    },
}  # fmt: skip


MAX_INSTALLED_BYTES = 700_000_000


def run(*words: str | Path, folder: Path, **variables: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | variables
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout.strip()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as a build from the files under version control gives it."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in run("git", "ls-files", folder=ROOT).splitlines():
        if name.split("/")[0] in ROOMS | {"lab", "tests", "pyproject.toml", "README.md", "LICENSE"}:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    run(
        sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder,
        source, folder=folder,
    )  # fmt: skip
    (found,) = folder.glob("*.whl")
    return found


@pytest.mark.slow
def test_it_holds_the_rooms_and_what_they_read_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == ROOMS
    tracked = run("git", "ls-files", *sorted(ROOMS), folder=ROOT).splitlines()
    assert {name for name in tracked if (ROOT / name).exists()} - set(names) == set()


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.timeout(600)
def test_it_serves_by_fallback_rules_where_only_the_serve_extra_is_installed(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    run(sys.executable, "-m", "venv", environment, folder=tmp_path)
    python, triage = environment / "bin" / "python", environment / "bin" / "triage"
    run(
        python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--constraint",
        ROOT / "constraints.txt", f"{wheel}[serve]", folder=tmp_path,
    )  # fmt: skip
    found = run(
        python, "-c",
        f"import importlib.util as i; print(*(name for name in {NOT_FOR_SERVING} if i.find_spec(name)))",
        folder=tmp_path,
    )  # fmt: skip
    assert found == "", f"a scoring server needs no {found}"
    # Without the byte code that Python makes of it, some 160 MB more.
    files = (file for file in (environment / "lib").rglob("*") if file.suffix != ".pyc")
    installed = sum(file.lstat().st_size for file in files)
    assert installed < MAX_INSTALLED_BYTES, f"a scoring server has {installed / 1e6:.0f} MB"
    port = free_port()
    variables = {"TRIAGE_HOME": str(tmp_path / "home"), "TRIAGE_PORT": str(port)}
    run(triage, "db", "upgrade", folder=tmp_path, **variables)
    key = run(triage, "key", "create", "tills", "--role", "service", folder=tmp_path, **variables).split()[-1]
    address = f"http://127.0.0.1:{port}"
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | variables
    log = tmp_path / "served.log"
    with served([str(triage), "serve"], ready=f"{address}/readyz", environment=alone, log=log):
        answer = httpx.post(f"{address}/v1/cases", json=CASE, headers={"Authorization": f"Bearer {key}"}, timeout=30)
    assert answer.status_code == 201, answer.text
    decision = answer.json()
    assert decision["disposition"] in ("confirm", "review", "escalate")
    assert (decision["model_version"], decision["risk"]) == (None, None)
    assert decision["fallback"]
