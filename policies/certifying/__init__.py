"""Certified thresholds: bounds, their order, audits and reviewer capacity."""
