"""Dangers named in free text, whatever words, language or form they come in."""
