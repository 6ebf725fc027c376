"""Certificates: evidence, alarm, status, renewal."""
