"""A consumer killed between the commit and the acknowledgement: the message comes again and changes nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.triage.bus.conftest import event, eventually
from tests.triage.conftest import override
from triage.clock import utc_now
from triage.identity import access

SCRIPT = Path(__file__).with_name("killed_consumer.py")


@pytest.mark.slow
def test_killed_after_the_commit_nothing_is_lost_and_nothing_done_twice(broker, engine, consume) -> None:
    with engine.begin() as connection:
        access.create_key(connection, "killed", now=utc_now())
        access.grant(connection, "key:killed", "service", None)
    for number in range(5):
        broker.send(event(override(number), id=f"e-{number}"))
    url = engine.url.render_as_string(hide_password=False)
    root = SCRIPT.parents[3]
    killed = subprocess.run(
        [sys.executable, str(SCRIPT), url, broker.url], cwd=root, env={"PYTHONPATH": str(root)}, capture_output=True,
        timeout=100, check=False,
    )  # fmt: skip
    assert killed.returncode == -9, killed.stderr.decode()
    line = consume()
    assert line.stored(), "it was killed after a commit"
    eventually(lambda: len(line.stored()) == 5, 60)
    eventually(lambda: line.consumer.counts()["repeated"] >= 1, 60, line.consumer.counts)
    eventually(lambda: broker.left() == 0)
    assert (sorted(line.stored()), line.receipts()) == ([f"X-{number}" for number in range(5)], 5)
    assert broker.dead() == []
