"""Views that people keep: a name for filters, one's own or shared with everybody."""

from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import Connection, delete, func, insert, or_, select

from triage.db.search_schema import saved_views
from triage.errors import ConflictError, FieldProblem, InvalidError, NotFoundError
from triage.identity.access import Principal
from triage.ids import new_id
from triage.review.case_lists import Filters

MAX_VIEWS: Final = 100
"""Of one person, and of what is listed of others."""
MAX_NAME: Final = 80
_KNOWN: Final = frozenset({*Filters.__dataclass_fields__, "order"})
_MAX_QUERY: Final = 2_000


def list_views(connection: Connection, *, actor: Principal) -> list[dict[str, Any]]:
    """List one's own views and those others share, by name."""
    actor.require("read")
    query = select(saved_views).where(or_(saved_views.c.owner == actor.name, saved_views.c.shared.is_(True)))
    rows = connection.execute(query.order_by(saved_views.c.name, saved_views.c.owner).limit(2 * MAX_VIEWS)).mappings()
    return [{str(name): value for name, value in row.items()} | {"own": row["owner"] == actor.name} for row in rows]


def save_view(
    connection: Connection, *, actor: Principal, name: str, query: str, shared: bool, now: Any
) -> dict[str, Any]:
    """Keep filters under a name; one's own view of that name is replaced.

    query: as in the address of the page. Raises InvalidError for a filter that there is not, ConflictError beyond
    MAX_VIEWS.
    """
    actor.require("read")
    kept = check_query(query)
    name = " ".join(name.split())
    if not 1 <= len(name) <= MAX_NAME:
        raise _invalid("name", name, f"must have 1 to {MAX_NAME} letters")
    own = saved_views.c.owner == actor.name
    connection.execute(delete(saved_views).where(own, saved_views.c.name == name))
    if (connection.scalar(select(func.count()).select_from(saved_views).where(own)) or 0) >= MAX_VIEWS:
        raise ConflictError(f"{MAX_VIEWS} views are kept already; delete one first")
    view = {
        "view_id": new_id(), "owner": actor.name, "name": name, "query": kept, "shared": shared, "created_at": now,
    }  # fmt: skip
    connection.execute(insert(saved_views), view)
    return view | {"own": True}


def delete_view(connection: Connection, view_id: str, *, actor: Principal) -> None:
    """Delete a view of one's own; administrators may delete any. Raises NotFoundError where there is none."""
    actor.require("read")
    query = delete(saved_views).where(saved_views.c.view_id == view_id)
    if not actor.may("manage_access"):
        query = query.where(saved_views.c.owner == actor.name)
    if connection.execute(query).rowcount == 0:
        raise NotFoundError(f"there is no view {view_id[:40]} of yours")


def check_query(query: str) -> str:
    """Return filters as in an address, without empty ones; raise InvalidError naming one that there is not."""
    if len(query) > _MAX_QUERY:
        raise _invalid("query", query, f"may have {_MAX_QUERY:,} letters")
    pairs = parse_qsl(query.lstrip("?"), keep_blank_values=False)
    for name, value in pairs:
        if name not in _KNOWN:
            raise _invalid(f"query.{name}"[:80], value, f"is no filter; there are {', '.join(sorted(_KNOWN))}")
    return urlencode(pairs)


def _invalid(field: str, value: str, message: str) -> InvalidError:
    problem = FieldProblem(field=field, value=repr(value)[:80], message=message)
    return InvalidError(f"{field} {problem.value} {message}", problems=[problem])
