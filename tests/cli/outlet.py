"""A variant of the returns policy for outlets, and how many examples come with a built-in policy."""

from typing import Final

from triage.domain import read_policy
from triage.domains import domains

PARENT: Final = read_policy(domains()["return_fraud"]).document.version
VARIANT: Final = f"""\
domain: return_fraud
version: "{PARENT}-outlet"
variant: outlet
extends: "{PARENT}"
applies_to: {{banners: [OUTLET]}}
thresholds:
  confirm_at_risk: 0.04
"""


def examples_of(domain: str) -> int:
    """Count the examples beside a built-in policy."""
    path = domains()[domain].policy_file.with_suffix(".examples.yaml")
    return path.read_text(encoding="utf-8").count("\n  - name:")
