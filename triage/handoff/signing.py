"""What a webhook carries: a CloudEvents 1.0 document, signed as Standard Webhooks wants it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import orjson
from standardwebhooks import Webhook

from triage.handoff.claiming import Claimed

MEDIA_TYPE: Final = "application/cloudevents+json"
SOURCE: Final = "/triage"
SCHEMA_VERSION: Final = "1"


def cloud_event(claimed: Claimed) -> bytes:
    """Write a delivery as a CloudEvents 1.0 document; every attempt writes the same bytes.

    `sequence` grows with every delivery: of two of one case the greater is the later one.
    """
    event = {
        "specversion": "1.0",
        "id": claimed.delivery_id,
        "source": SOURCE,
        "type": claimed.kind,
        "time": claimed.created_at.isoformat(),
        "datacontenttype": "application/json",
        "sequence": f"{claimed.seq:020d}",
        "schemaversion": SCHEMA_VERSION,
    }
    if claimed.case_id is not None:
        event["subject"] = claimed.case_id
    if claimed.domain is not None:
        event["domain"] = claimed.domain
    return orjson.dumps(event | {"data": orjson.Fragment(claimed.body)})


def signed_headers(delivery_id: str, body: bytes, secrets: Sequence[str], *, now: datetime) -> dict[str, str]:
    """Sign a body with every living secret; a receiver accepts it with any one of them."""
    text = body.decode()
    signatures = [Webhook(secret).sign(msg_id=delivery_id, timestamp=now, data=text) for secret in secrets]
    return {
        "content-type": MEDIA_TYPE,
        "user-agent": "triage-webhook/1",
        "webhook-id": delivery_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
