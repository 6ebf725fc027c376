"""`triage policy add|list|show|simulate|shadow|publish|rollback`: the life of a policy version."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cli.console import err, fail, out, show
from cli.options import AsJson, DomainName, domain_named
from cli.options import settings as read_settings

if TYPE_CHECKING:
    from policies.judging.policy import Policy
    from triage.in_force import InForce
    from triage.policy_life.installed import Installed

ACTOR: Final = "system:cli"
VersionName = Annotated[str, typer.Argument(help="Version, as in the document")]
VariantName = Annotated[str | None, typer.Option("--variant", help="A variant by name; default: the domain's own")]
_MINUTE: Final = "%Y-%m-%d %H:%M"


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("add")(policy_add)
    app.command("list")(policy_list)
    app.command("show")(policy_show)
    app.command("simulate")(policy_simulate)
    app.command("shadow")(policy_shadow)
    app.command("publish")(policy_publish)
    app.command("rollback")(policy_rollback)


def policy_add(
    domain: DomainName,
    file: Annotated[Path, typer.Argument(help="Policy document in YAML", exists=True, dir_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Record a document as a version, which is never changed afterwards: `triage policy add return_fraud new.yaml`."""
    from triage.policy_life.acts import add_draft, check_draft
    from triage.proof.chain_key import chain_key
    from triage.proof.signatures import sign_policy

    target = _Target(domain, writes=True)
    text = file.read_text(encoding="utf-8")
    with target.reading() as connection:
        checked = check_draft(connection, target.card, text, name=file.name)
    with target.engine.begin() as connection:
        added = add_draft(connection, target.card, text, actor=ACTOR, now=target.now, checked=checked)
        key = chain_key(read_settings())
        sign_policy(connection, key, target.card.name, added["variant"], added["version"], text, now=target.now)
    if as_json:
        show(added, as_json=True)
        return
    for finding in added["findings"]:
        err.print(f"{finding['severity']}: {finding['where']}: {finding['key']}: {finding['message']}")
    out.print(f"{_named(added)} {'is recorded' if added['new'] else 'was recorded before'}")


def policy_list(domain: DomainName, as_json: AsJson = False) -> None:
    """List the versions of a domain's policies and what each is now: `triage policy list return_fraud --json`."""
    from triage.policy_life.acts import describe

    target = _Target(domain)
    with target.reading() as connection:
        found = describe(connection, target.card, now=target.now)
    names = ("variant", "version", "state", "shadow", "created_at", "created_by")
    show(found if as_json else [{name: row[name] for name in names} for row in found["versions"]], as_json=as_json)


def policy_show(domain: DomainName, version: VersionName, variant: VariantName = None) -> None:
    """Print a version as it was written: `triage policy show return_fraud 1.1.0`."""
    from triage.policy_life.versions import get_version

    target = _Target(domain)
    with target.reading() as connection:
        typer.echo(get_version(connection, target.card.name, version, variant=variant).document, nl=False)


def policy_simulate(
    domain: DomainName,
    draft: Annotated[str, typer.Option(help="A file, or a recorded version")],
    variant: VariantName = None,
    since: Annotated[datetime | None, typer.Option(help="First day of arrival, UTC")] = None,
    until: Annotated[datetime | None, typer.Option(help="Day of arrival to stop before, UTC")] = None,
    cases: Annotated[int, typer.Option(help="At most so many, the newest", min=1, max=10_000_000)] = 100_000,
    listed: Annotated[int, typer.Option(help="How many of the changed cases are listed", min=0)] = 20,
    picture: Annotated[Path | None, typer.Option(help="Where to draw the cost curve (.svg)", dir_okay=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Replay a draft over stored cases, beside what was decided: `triage policy simulate return_fraud --draft
    new.yaml`."""
    from triage.cost_curve import cost_curve
    from triage.guarantee.certificates import newest
    from triage.policy_life.acts import read_draft, stored_policy
    from triage.policy_life.what_if import simulate

    if picture is not None and picture.suffix.lower() != ".svg":
        fail(f"--picture {picture}: write to a file that ends in .svg")
    target = _Target(domain)
    file = Path(draft)
    present, _ = target.in_force()
    with target.reading() as connection:
        if file.is_file():
            policy = read_draft(connection, target.card, file.read_text(encoding="utf-8"), name=file.name)
        else:
            policy = stored_policy(connection, target.card, draft, variant=variant)
        found = simulate(
            connection, policy, in_force=present, now=target.now, since=_utc(since), until=_utc(until),
            limit=cases, changed_limit=listed, certificate=newest(connection).get((target.card.name,
            policy.document.variant)),
        )  # fmt: skip
    if picture is not None:
        picture.write_text(cost_curve(found), encoding="utf-8")
        err.print(f"the cost curve is in {picture}")
    if as_json:
        show(found, as_json=True)
    else:
        _print_simulation(found)


def policy_shadow(
    domain: DomainName,
    version: Annotated[str | None, typer.Argument(help="Version to set in shadow")] = None,
    variant: VariantName = None,
    off: Annotated[bool, typer.Option("--off", help="End the shadow")] = False,
    report: Annotated[
        bool, typer.Option("--report", help="Show what the shadow would have decided differently")
    ] = False,
    model: Annotated[bool, typer.Option("--model", help="With --report: of the challenger model")] = False,
    as_json: AsJson = False,
) -> None:
    """Let a version decide beside the live one without effect, or compare the two: `triage policy shadow return_fraud
    --report`."""
    from triage.policy_life.acts import shadow_version
    from triage.policy_life.shadow_report import shadow_report

    if report:
        target = _Target(domain)
        present, shadows = target.in_force()
        queues = dict(present.queues(target.card.name))
        for policy in shadows:
            queues |= policy.document.queues
        with target.reading() as connection:
            kind = "model" if model else "policy"
            found = shadow_report(connection, target.card.name, queues=queues, kind=kind, version=version, limit=20)
        if as_json:
            show(found, as_json=True)
        else:
            _print_shadow(found)
        return
    if off == (version is not None):
        fail("name a VERSION to set in shadow, or --off to end it, or --report")
    target = _Target(domain, writes=True)
    with target.engine.begin() as connection:
        act = shadow_version(
            connection, target.card, None if off else version, variant=variant, actor=ACTOR, now=target.now
        )
    _show_act(act, "no longer decides in shadow" if off else "decides in shadow", as_json=as_json)


def policy_publish(
    domain: DomainName,
    version: VersionName,
    variant: VariantName = None,
    examples: Annotated[
        Path | None,
        typer.Option(help="Example cases, all of which must come out as they say", exists=True, dir_okay=False),
    ] = None,
    at: Annotated[datetime | None, typer.Option(help="From when it is in force, UTC; default: now")] = None,
    as_json: AsJson = False,
) -> None:
    """Let a recorded version come into force: `triage policy publish return_fraud 1.1.0 --at 2026-12-01`."""
    from triage.policy_life.acts import publish_version

    target = _Target(domain, writes=True)
    with target.engine.begin() as connection:
        act = publish_version(
            connection, target.card, version, variant=variant, effective_at=_utc(at),
            examples=examples.read_text(encoding="utf-8") if examples is not None else None,
            actor=ACTOR, now=target.now,
        )  # fmt: skip
    _show_act(act, f"is in force from {datetime.fromisoformat(act['effective_at']):{_MINUTE}} UTC", as_json=as_json)


def policy_rollback(
    domain: DomainName,
    variant: VariantName = None,
    to: Annotated[str | None, typer.Option(help="Version to go back to; default: the one before")] = None,
    as_json: AsJson = False,
) -> None:
    """Bring back the version that was in force before, at once: `triage policy rollback return_fraud`."""
    from triage.policy_life.acts import roll_back_version
    from triage.policy_life.timeline import in_force, timeline
    from triage.policy_life.versions import publications

    target = _Target(domain, writes=True)
    with target.engine.begin() as connection:
        present = in_force(timeline(publications(connection, target.card.name, variant=variant)), target.now)
        act = roll_back_version(connection, target.card, variant=variant, to=to, actor=ACTOR, now=target.now)
    if present is not None and act["version"] == present.version:
        what = "stays in force; what was scheduled is withdrawn"
    else:
        what = "is in force again" if act["version"] else "is withdrawn"
    _show_act(act, what, as_json=as_json)


class _Target:
    """A domain's card, the database and the time.

    Nothing is recorded to read. Before somebody writes, a domain without a policy in force gets the installed one, as
    the start of a service would give it.
    """

    def __init__(self, domain: str, *, writes: bool = False) -> None:
        from triage.clock import utc_now
        from triage.db.database import is_current, open_engine
        from triage.policy_life.installed import record_at_start

        self.card = domain_named(domain)
        self.engine = open_engine(read_settings().database)
        if not is_current(self.engine):
            fail("the database schema is not the newest: run `triage db upgrade`")
        if writes and not self._decides(utc_now()):
            record_at_start(self.engine, self._installed(), now=utc_now())
        self.now = utc_now()

    def in_force(self) -> tuple["InForce", Sequence["Policy"]]:
        """Return what is in force, before the first start of a service the installed policy, and what is in shadow."""
        from triage.in_force import InForce
        from triage.policy_life.live import LivePolicies

        name = self.card.name
        if not self._decides(self.now):
            return InForce({name: self._installed()[name].policy}), ()
        live = LivePolicies(self.engine, {name: self.card}, poll_seconds=3600, clock=lambda: self.now)
        return live.at(self.now), live.shadows(name)

    def _decides(self, now: datetime) -> bool:
        from triage.policy_life.timeline import in_force, timeline
        from triage.policy_life.versions import publications

        with self.reading() as connection:
            return in_force(timeline(publications(connection, self.card.name)), now) is not None

    def _installed(self) -> dict[str, "Installed"]:
        from triage.domains import domains
        from triage.policy_life.installed import read_installed

        settings = read_settings()
        found = read_installed(domains(settings.domain_modules), settings.policy_folder)
        return {self.card.name: found[self.card.name]}

    def reading(self) -> Any:
        """Read in one snapshot."""
        from triage.db.database import reading

        return reading(self.engine)


def _utc(moment: datetime | None) -> datetime | None:
    return moment if moment is None or moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _named(found: Mapping[str, Any]) -> str:
    of = f" ({found['variant']})" if found["variant"] else ""
    return f"{found['domain']}{of} {found['version'] or ''}".strip()


def _show_act(act: Mapping[str, Any], what: str, *, as_json: bool) -> None:
    if as_json:
        show(act, as_json=True)
    else:
        out.print(f"{_named(act)} {what}")


def _print_simulation(found: Mapping[str, Any]) -> None:
    sides = {"stored": found["stored"], "draft": found["draft"]}
    changed = found["changed"]
    show(_side_by_side(sides, found["currency"]), as_json=False, title=f"{_named(found)} over {found['cases']:,} cases")
    show(changed["matrix"], as_json=False, title=f"{changed['dispositions']:,} dispositions differ")
    lengths = [
        {"queue": queue["queue"], "stored": _cases_in(sides["stored"], queue["queue"]), "draft": queue["cases"],
        "minutes": queue["minutes"]}
        for queue in sides["draft"]["queues"]
    ]  # fmt: skip
    show(lengths, as_json=False, title="Queues")
    show(_flat(found["changed_cases"]["items"]), as_json=False, title="Changed, the dearest first")
    if found["actions"]:
        show(_actions(found["actions"]), as_json=False, title="Actions, by what they reach")
    show(found["curve"][:: max(len(found["curve"]) // 10, 1)], as_json=False, title="Cost by risk threshold")
    for assumption in found["assumptions"]:
        err.print(assumption)


def _actions(counts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Add up actions by the system or queue they reach, and name the steps."""
    rows: dict[str, dict[str, Any]] = {}
    for count in counts:
        row = rows.setdefault(count["reaches"], {"reaches": count["reaches"], "actions": 0, "at_most": 0, "steps": []})
        row["at_most" if count["at_most"] else "actions"] += count["cases"]
        row["steps"].append(f"{count['route']}.{count['step']}")
    return [row | {"steps": ", ".join(row["steps"])} for row in rows.values()]


def _side_by_side(sides: Mapping[str, Any], currency: str) -> list[dict[str, Any]]:
    names = {
        "straight_through_rate": "straight through",
        "expected_error": "expected error",
        "expected_loss": f"expected loss, {currency}",
        "review_minutes": "reviewer minutes",
        "expected_cost": f"expected cost, {currency}",
    }
    rows = [{"figure": title, **{side: found[name] for side, found in sides.items()}} for name, title in names.items()]
    audited = {side: found["audited_error"] for side, found in sides.items()}
    interval = {
        side: "no labels"
        if error["rate"] is None
        else f"{error['rate']:.2%} ({error['low']:.2%} to {error['high']:.2%})"
        for side, error in audited.items()
    }
    return [*rows[:2], {"figure": "audited error", **interval}, *rows[2:]]


def _cases_in(side: Mapping[str, Any], name: str) -> int:
    return next((int(queue["cases"]) for queue in side["queues"] if queue["queue"] == name), 0)


def _flat(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "case": item["case_id"],
            "exception": item["exception_id"],
            "risk": item["risk"],
            "expected_loss": item["expected_loss"],
            "stored": f"{item['stored']['disposition']} {item['stored']['queue'] or ''}",
            "draft": f"{item['draft']['disposition']} {item['draft']['queue'] or ''}",
        }
        for item in items
    ]


def _print_shadow(found: Mapping[str, Any]) -> None:
    title = f"{found['kind']} {found['version']}: {found['agree']:.1%} of {found['cases']:,} dispositions agree"
    rows = [
        {"figure": name.replace("_", " "), "live": found["live"][name], "shadow": found["shadow"][name]}
        for name in found["live"]
    ]
    show(rows, as_json=False, title=title)
    show(found["matrix"], as_json=False, title="Dispositions")
    listed = [
        {"case": item["case_id"],
        **{side: f"{item[side]['disposition']} {item[side]['queue'] or ''}" for side in ("live", "shadow")}}
        for item in found["differing"]["items"]
    ]  # fmt: skip
    show(listed, as_json=False, title=f"{found['differing']['total']:,} differ; the newest")
