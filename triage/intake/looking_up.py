"""Look-ups before judgement: what the sender did not give and another system knows, within a small budget of time.

One event loop in a thread of its own asks all sources at once. A source that is slow, down or unknown never holds a
case: what it did not say in time is said to be unknown, and the case goes on.
"""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any, Final
from urllib.parse import quote

import httpx
import orjson
import structlog
from sqlalchemy import Engine

from models.score import Reason, ReasonCode
from policies.document.lookups import Lookup
from triage.db.database import reading
from triage.handoff.addresses import RefusedAddressError, checked_addresses
from triage.handoff.backoff import FAILURES_THAT_OPEN, breaker_opening
from triage.handoff.lookup_sources import LookupSource, find_row, list_sources, row_key
from triage.handoff.secrets import UnreadableSecretError, read_secrets
from triage.ids import new_jitter

log = structlog.get_logger(__name__)
BUDGET_SECONDS: Final = 1.0
"""How long a submission waits for all its look-ups together, whatever each may take."""
MAX_ASKED_AT_ONCE: Final = 64
MAX_CACHED: Final = 10_000
_SOURCES_KNOWN_SECONDS: Final = 5.0
_ANSWER_BYTES: Final = 256_000
_ATTRIBUTE: Final = "attributes."


class UnansweredError(Exception):
    """A source did not say what it was asked; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """What a look-up did not find out. values: what it was asked by; why: in words."""

    lookup: Lookup
    values: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found before judgement.

    found: by target, `attributes.x` for attributes; of: the look-up of each. again: the case waits for a person
    already, and is judged again: it stays with one.
    """

    found: Mapping[str, Any] = field(default_factory=dict)
    of: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[Unknown, ...] = ()
    again: bool = False


@dataclass(slots=True)
class _Breaker:
    failures: int = 0
    openings: int = 0
    open_until: float = 0.0


def wanted(lookups: Sequence[Lookup], raw: Mapping[str, Any]) -> list[tuple[Lookup, tuple[str, ...]]]:
    """List the look-ups that a submission needs, each with what it is asked by: those of which a target is missing and
    every key is there."""
    payload = raw.get("payload")
    if not lookups or not isinstance(payload, dict):
        return []
    attributes = raw.get("attributes")
    attributes = attributes if isinstance(attributes, dict) else {}
    needed = []
    for lookup in lookups:
        keys = tuple(payload.get(name) for name in lookup.key)
        plain = all(isinstance(key, str | int) and not isinstance(key, bool) and str(key).strip() for key in keys)
        if plain and any(_value(target, payload, attributes) is None for target in lookup.gives):
            needed.append((lookup, tuple(str(key).strip()[:128] for key in keys)))
    return needed


class Lookups:
    """Asks sources. budget_seconds: for all look-ups of one call together; clock: seconds that only grow."""

    def __init__(
        self, engine: Engine, *, budget_seconds: float = BUDGET_SECONDS, clock: Callable[[], float] = monotonic
    ) -> None:
        self._budget = budget_seconds
        self._engine = engine
        self._clock = clock
        self._cache: OrderedDict[tuple[str, str], tuple[float, dict[str, Any]]] = OrderedDict()
        self._breakers: dict[str, _Breaker] = {}
        self._sources: tuple[float, dict[str, LookupSource]] = (-1e9, {})
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._client: httpx.AsyncClient | None = None
        self._asked: asyncio.Semaphore | None = None

    def start_looking(self, needed: Sequence[Sequence[tuple[Lookup, tuple[str, ...]]]]) -> "Future[list[Looked]]":
        """Promise what is found for each of several submissions, within the budget of time."""
        return asyncio.run_coroutine_threadsafe(self._look(needed), self._running())

    def stop(self) -> None:
        """End the loop; what is being asked is unknown."""
        loop = self._loop
        if loop is not None:
            client = self._client
            if client is not None:
                asyncio.run_coroutine_threadsafe(client.aclose(), loop).result(timeout=5)
            loop.call_soon_threadsafe(loop.stop)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._asked = asyncio.Semaphore(MAX_ASKED_AT_ONCE)
                threading.Thread(target=self._run, args=(self._loop,), name="lookups", daemon=True).start()
            return self._loop

    @staticmethod
    def _run(loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.run_forever()
        finally:
            loop.close()

    async def _look(self, needed: Sequence[Sequence[tuple[Lookup, tuple[str, ...]]]]) -> list[Looked]:
        until = self._clock() + self._budget
        asked = [asyncio.gather(*(self._ask(lookup, values, until) for lookup, values in each)) for each in needed]
        return [_looked(each, await answers) for each, answers in zip(needed, asked, strict=True)]

    async def _ask(self, lookup: Lookup, values: tuple[str, ...], until: float) -> dict[str, Any] | str:
        """Return what a source says, or in words why it said nothing; never raises."""
        key = (lookup.source, row_key(values))
        kept = self._cache.get(key)
        if kept is not None and kept[0] > self._clock():
            return kept[1]
        assert self._asked is not None
        try:
            async with asyncio.timeout(max(0.001, min(lookup.timeout_ms / 1000, until - self._clock()))), self._asked:
                answer = await self._answer(lookup, values)
        except TimeoutError:
            self._failed(lookup.source)
            return f"{lookup.source} did not answer within {lookup.timeout_ms} ms"
        except UnansweredError as error:
            return str(error)
        except Exception as error:
            # Whatever breaks in a look-up must not lose the case.
            self._failed(lookup.source)
            log.warning("lookup_failed", lookup=lookup.id, source=lookup.source, error=repr(error)[:200])
            return f"{lookup.source} failed ({type(error).__name__})"
        self._breakers.pop(lookup.source, None)
        if lookup.cache_minutes:
            self._cache[key] = (self._clock() + lookup.cache_minutes * 60, answer)
            while len(self._cache) > MAX_CACHED:
                self._cache.popitem(last=False)
        return answer

    async def _answer(self, lookup: Lookup, values: tuple[str, ...]) -> dict[str, Any]:
        source = (await self._known()).get(lookup.source)
        if source is None:
            raise UnansweredError(f"no source named {lookup.source} is connected")
        if source.kind == "table":
            row = await asyncio.to_thread(self._row, source.name, values)
            if row is None:
                raise UnansweredError(f"{source.name} has no row for {', '.join(values)}")
            return row
        breaker = self._breakers.get(source.name)
        if breaker is not None and breaker.open_until > self._clock():
            raise UnansweredError(f"{source.name} has failed {breaker.failures} times and is spared for a while")
        return await self._get(source, lookup, values)

    async def _get(self, source: LookupSource, lookup: Lookup, values: tuple[str, ...]) -> dict[str, Any]:
        parts = {name: quote(value, safe="") for name, value in zip(lookup.key, values, strict=True)}
        try:
            url = httpx.URL((source.url or "").format_map(parts))
            headers = {
                "accept": "application/json",
                "user-agent": "triage-lookup/1",
                "host": url.netloc.decode("ascii"),
            }
            if source.secret is not None:
                headers["authorization"] = f"Bearer {read_secrets([(source.secret, None)])[0]}"
            port = url.port or (443 if url.scheme == "https" else 80)
            (address, *_) = await checked_addresses(url.host, port, allow_private=source.allow_private)
        except (KeyError, UnreadableSecretError, RefusedAddressError, httpx.InvalidURL) as error:
            raise UnansweredError(f"{source.name} cannot be asked: {str(error)[:200]}") from None
        if self._client is None:
            self._client = httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=httpx.Timeout(10.0))
        # The connection goes to the address that was checked; the certificate is checked against the name.
        request = self._client.build_request(
            "GET", url.copy_with(host=address), headers=headers, extensions={"sni_hostname": url.host}
        )
        answer = await self._client.send(request, stream=True)
        try:
            if answer.status_code == 404:
                raise UnansweredError(f"{source.name} knows nothing of {', '.join(values)}")
            if answer.status_code != 200:
                self._failed(source.name)
                raise UnansweredError(f"{source.name} answered {answer.status_code}")
            body = b""
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > _ANSWER_BYTES:
                    raise UnansweredError(f"{source.name} answered more than {_ANSWER_BYTES:,} bytes")
        finally:
            await answer.aclose()
        said = orjson.loads(body)
        if not isinstance(said, dict):
            raise UnansweredError(f"{source.name} answered no JSON object")
        return said

    def _row(self, source: str, values: tuple[str, ...]) -> dict[str, Any] | None:
        with reading(self._engine) as connection:
            return find_row(connection, source, values)

    async def _known(self) -> dict[str, LookupSource]:
        at, sources = self._sources
        if self._clock() - at > _SOURCES_KNOWN_SECONDS:
            sources = await asyncio.to_thread(self._read_sources)
            self._sources = (self._clock(), sources)
        return sources

    def _read_sources(self) -> dict[str, LookupSource]:
        with reading(self._engine) as connection:
            return list_sources(connection)

    def _failed(self, source: str) -> None:
        breaker = self._breakers.setdefault(source, _Breaker())
        breaker.failures += 1
        if breaker.failures >= FAILURES_THAT_OPEN:
            opened = breaker_opening(breaker.openings, jitter=new_jitter())
            breaker.openings, breaker.open_until = breaker.openings + 1, self._clock() + opened / timedelta(seconds=1)


def _looked(needed: Sequence[tuple[Lookup, tuple[str, ...]]], answers: Sequence[dict[str, Any] | str]) -> Looked:
    found: dict[str, Any] = {}
    of: dict[str, str] = {}
    unknown = []
    for (lookup, values), answer in zip(needed, answers, strict=True):
        if isinstance(answer, str):
            unknown.append(Unknown(lookup=lookup, values=values, why=answer))
            given = dict(lookup.default)
        else:
            given = {target: _at(answer, path) for target, path in lookup.gives.items()}
            given = {target: lookup.default.get(target) if value is None else value for target, value in given.items()}
        for target, value in given.items():
            if value is not None and target not in found:
                found[target], of[target] = value, lookup.id
    return Looked(found, of, tuple(unknown))


def _at(answer: Mapping[str, Any], path: str) -> Any:
    value: Any = answer
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return None if value == "" else value


def _value(target: str, payload: Mapping[str, Any], attributes: Mapping[str, Any]) -> Any:
    if target.startswith(_ATTRIBUTE):
        return attributes.get(target.removeprefix(_ATTRIBUTE))
    return payload.get(target)


def merged(given: Mapping[str, Any], looked: Looked, *, attributes: bool) -> dict[str, Any]:
    """Lay what was found beside what the sender gave, which stays; of the payload, or of the attributes."""
    own = {
        target.removeprefix(_ATTRIBUTE): value
        for target, value in looked.found.items()
        if target.startswith(_ATTRIBUTE) is attributes
    }
    return {**own, **{name: value for name, value in given.items() if value is not None or name not in own}}


def unknown_reasons(looked: Looked) -> tuple[list[Reason], list[Reason]]:
    """Return the reasons that say what was not found out: of what goes on with a default, and of what holds a case."""
    assumed: list[Reason] = []
    missed: list[Reason] = []
    if looked.again:
        text = (
            f"Judged again with what became known of {', '.join(sorted({*looked.of.values()}))}; a person confirms it."
        )
        assumed.append(Reason(code=f"{ReasonCode.DATA_QUALITY}:lookup", text=text))
    for one in looked.unknown:
        then = _then(one.lookup)
        text = f"{one.lookup.title} is not known: {one.why}; {then}."
        reason = Reason(code=f"{ReasonCode.DATA_QUALITY}:lookup.{one.lookup.id}", text=text)
        (missed if one.lookup.matters else assumed).append(reason)
    return assumed, missed


def _then(lookup: Lookup) -> str:
    if lookup.matters:
        return "a person decides meanwhile"
    if not lookup.default:
        return "it was judged without"
    return "assumed was " + ", ".join(f"{target} = {value}" for target, value in lookup.default.items())
