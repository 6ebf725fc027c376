"""Feature rows to scores. Code only: trained models live in MLflow."""
