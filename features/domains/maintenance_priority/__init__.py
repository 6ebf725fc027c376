"""Maintenance requests: payload and features."""
