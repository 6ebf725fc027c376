"""The serving room: the JSON API and the review queue."""
