"""How good the models are, measured on data nobody here wrote, and the page that says so."""
