"""What the API is sent and what it answers, as types; FastAPI declares, checks and writes every answer by them."""
