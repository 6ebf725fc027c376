"""The review queue as pages."""
