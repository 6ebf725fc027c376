"""Case payloads to feature rows: pure, no web, database, registry, clock or randomness."""
