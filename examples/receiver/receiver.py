"""A receiver in thirty lines: it verifies the signature, acts once per key, and answers only when the effect is kept.

pip install standardwebhooks; SECRET=whsec_… python receiver.py 9000
"""

import json
import os
import sqlite3
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("content-length", 0)), 10_000_000))
        try:
            Webhook(os.environ["SECRET"]).verify(body, dict(self.headers))
        except WebhookVerificationError:
            return self.answer(401)
        with sqlite3.connect(os.environ.get("DATABASE", "receiver.db"), timeout=30) as database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS effects (webhook_id TEXT PRIMARY KEY, type TEXT, subject TEXT)"
            )
            event = json.loads(body)
            row = (self.headers["webhook-id"], event["type"], event.get("subject"))
            # The key and the effect are kept in one transaction: a second delivery of the same key changes nothing.
            database.execute("INSERT OR IGNORE INTO effects VALUES (?, ?, ?)", row)
        return self.answer(204)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
