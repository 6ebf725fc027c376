"""The same judgement over many stored cases at once."""
