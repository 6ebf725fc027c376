"""Backups: one folder that holds everything an installation cannot make again, and how to get it back."""
