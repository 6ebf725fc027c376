"""Durability, proven by breaking: processes killed, stopped and cut off under load, against a receiver that
misbehaves."""
