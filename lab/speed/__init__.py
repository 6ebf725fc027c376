"""How fast the service answers, in rounds beside a bare FastAPI application and MLflow's scoring server."""
