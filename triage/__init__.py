"""The application: intake, routing, review, and what they need."""
