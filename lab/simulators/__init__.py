"""Simulated retailers, one per domain. Everything they write is synthetic and says so."""
