"""Judgement of one case by a policy."""
