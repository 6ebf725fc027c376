"""The address of an event bus: one URL that says which broker, who we are there, and which subjects.

nats://USER:PASSWORD@HOST:4222?subject=…&dead_letters=…
amqp://USER:PASSWORD@HOST:5672/VHOST?queue=…&exchange=…
kafka://USER:PASSWORD@HOST:9092?topic=…
"""

import ssl
from dataclasses import dataclass, field
from typing import Final, Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from triage.errors import FieldProblem, InvalidError

Broker = Literal["nats", "rabbitmq", "kafka"]
Purpose = Literal["submissions", "events"]
_SCHEMES: Final[dict[str, tuple[Broker, bool, int]]] = {
    "nats": ("nats", False, 4222),
    "tls": ("nats", True, 4222),
    "amqp": ("rabbitmq", False, 5672),
    "amqps": ("rabbitmq", True, 5671),
    "kafka": ("kafka", False, 9092),
    "kafkas": ("kafka", True, 9092),
}
_WORDS: Final[dict[Broker, tuple[str, str]]] = {
    "nats": ("subject", "subject"), "rabbitmq": ("queue", "exchange"), "kafka": ("topic", "topic"),
}  # fmt: skip
"""What a broker calls where submissions come from, and where events go to."""
_OWN: Final = ("subject", "queue", "exchange", "topic", "dead_letters", "consumer", "ca", "credentials", "mechanism")
SUBMISSIONS: Final = "triage.submissions"
EVENTS: Final = "triage.events"
_MAX_NAME: Final = 200
_NAME_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/")
SCHEMES: Final = tuple(f"{scheme}://" for scheme in _SCHEMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class BusAddress:
    """Where a broker is and which names are used there.

    servers: "host:port" each. destination: where submissions come from, or where events go to, by what the address is
    for. dead_letters: where refused submissions go. consumer: our name among those who read the same submissions.
    ca: file of the authority that signed the broker's certificate; credentials: NATS credentials file. mechanism: of
    SASL. url: for the broker's own library, with the password and without our names.
    """

    broker: Broker
    purpose: Purpose
    is_tls: bool
    servers: tuple[str, ...]
    user: str | None
    password: str | None = field(repr=False)
    destination: str
    dead_letters: str
    consumer: str
    ca: str | None
    credentials: str | None
    mechanism: str
    url: str = field(repr=False)

    @property
    def hosts(self) -> list[tuple[str, int]]:
        """The servers as pairs of host and port."""
        split = (urlsplit(f"//{server}") for server in self.servers)
        return [(parts.hostname or "", parts.port or 0) for parts in split]

    @property
    def shown(self) -> str:
        """The address without any secret."""
        scheme = next(
            name for name, (broker, tls, _) in _SCHEMES.items() if (broker, tls) == (self.broker, self.is_tls)
        )
        return f"{scheme}://{','.join(self.servers)}/{self.destination}"

    def tls(self) -> ssl.SSLContext | None:
        """Return what checks the broker's certificate, None where it is not asked for."""
        return ssl.create_default_context(cafile=self.ca) if self.is_tls else None

    def without_secrets(self, text: str) -> str:
        """Blot out user and password in what a library says."""
        for secret in (self.password, self.user if self.password is None else None):
            for written in {secret, urlencode({"": secret})[1:]} if secret else ():
                text = text.replace(written, "…")
        return text


def read_bus_address(url: str, *, purpose: Purpose) -> BusAddress:
    """Read an address; raise InvalidError that names what is wrong and never shows more than the scheme."""
    parts = _split(url)
    broker, is_tls, port = _SCHEMES[parts.scheme]
    query = dict(parse_qsl(parts.query))
    word = _WORDS[broker][purpose == "events"]
    destination = query.get(word, SUBMISSIONS if purpose == "submissions" else EVENTS)
    dead_letters = query.get("dead_letters", f"{destination}.dead")
    consumer = query.get("consumer", "triage")
    for name, value in ((word, destination), ("dead_letters", dead_letters), ("consumer", consumer)):
        if not 0 < len(value) <= _MAX_NAME or not _NAME_LETTERS.issuperset(value) or ".." in value:
            raise _invalid(f"{name}={value[:40]!r} must be letters, digits, dots, dashes, underscores or slashes")
    if destination == dead_letters:
        raise _invalid(f"dead_letters must differ from {word}: what is refused would come back for ever")
    user, password, servers = _authority(parts, port)
    kept = {name: value for name, value in query.items() if name not in _OWN}
    return BusAddress(
        broker=broker, purpose=purpose, is_tls=is_tls, servers=servers, user=user, password=password,
        destination=destination, dead_letters=dead_letters, consumer=consumer, ca=query.get("ca"),
        credentials=query.get("credentials"), mechanism=query.get("mechanism", "PLAIN"),
        url=urlunsplit(parts._replace(query=urlencode(kept))),
    )  # fmt: skip


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _invalid("is not a URL") from None
    if parts.scheme not in _SCHEMES or not parts.netloc or parts.fragment or not url.isprintable() or " " in url:
        raise _invalid(f"must begin with {', '.join(SCHEMES)}, name a host and have no spaces")
    return parts


def _authority(parts: SplitResult, port: int) -> tuple[str | None, str | None, tuple[str, ...]]:
    """Return user, password and servers; a cluster's servers stand behind one another with commas between."""
    user_info, _, hosts = parts.netloc.rpartition("@")
    user, colon, password = user_info.partition(":")
    servers = []
    for host in hosts.split(","):
        try:
            server = urlsplit(f"//{host}")
            number = server.port or port
        except ValueError:
            raise _invalid("has a port that is no number") from None
        if not server.hostname or "@" in host:
            raise _invalid("names no host, or a user twice: percent-encode @ and / in a password")
        name = f"[{server.hostname}]" if ":" in server.hostname else server.hostname
        servers.append(f"{name}:{number}")
    return unquote(user) or None, unquote(password) if colon else None, tuple(servers)


def _invalid(message: str) -> InvalidError:
    shown = "the address of the bus"
    return InvalidError(f"{shown} {message}", problems=[FieldProblem(field="url", value="…", message=message)])
