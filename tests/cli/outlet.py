"""A variant of the returns policy for outlets."""

VARIANT = """\
domain: return_fraud
version: "1.2.0-outlet"
variant: outlet
extends: "1.2.0"
applies_to: {banners: [OUTLET]}
thresholds:
  confirm_at_risk: 0.04
"""
