"""Replenishment risk: payload and features."""
