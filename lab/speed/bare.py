"""The yardstick: a FastAPI application that parses a JSON body and acknowledges it.

`python -m lab.speed.bare PORT` serves it with the event loop and the HTTP parser that the product uses.
"""

import sys
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request

app = FastAPI()


@app.post("/acknowledge", status_code=201)
async def acknowledge(request: Request) -> dict[str, Any]:
    """Parse the body and say that it came."""
    content = await request.json()
    return {"accepted": True, "exception_id": content.get("exception_id")}


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
