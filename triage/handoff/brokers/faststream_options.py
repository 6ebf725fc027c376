"""What all brokers ask of FastStream alike."""

from typing import Any, Final

from faststream import Context

CURRENT_MESSAGE: Final = Context("message")
"""What a handler asks for to be given the message itself, and not what FastStream reads out of it."""


async def raw_body(message: Any) -> bytes:
    """Leave a body as it came: what cannot be read must reach the one who can say why."""
    return bytes(message.body) if isinstance(message.body, bytes | bytearray) else b""
