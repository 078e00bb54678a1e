"""From a version at a desk to the public summary of a bias audit: what is on record, and what is not."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from fractions import Fraction

from govern import review
from govern.cli.composition import days
from govern.desk import Desk
from govern.errors import NothingChecked
from govern.ledger.envelope import Entry
from govern.policy.bins import wilson
from govern.policy.decimals import rounded, write_decimal
from govern.policy.evidence import DIGITS, Evidence
from govern.policy.selection import SCORING, Category, categories, ratios
from govern.record.events import Event
from govern.record.inventory import Measured, Version
from govern.record.manifest import Manifest
from govern.record.reviews import Move
from reports import public
from reports.parts import when

SEX = frozenset({"sex", "gender"})
RACE = frozenset({"race", "ethnicity", "race-ethnicity", "race_ethnicity", "race-or-ethnicity"})
METRICS = frozenset({"adverse_impact_ratio", "selection_rate", "scoring_rate", "scoring_rate_ratio"})
SMALL, FEW = Fraction(2, 100), 30
"""6 RCNY 5-301(f): a category of less than 2 % may be left out by the auditor's judgement. Here none is."""


def summary(desk: Desk, one: Version) -> public.Summary:
    """Return what is published of a version; raise if nothing on record says who was selected."""
    kept = {name: Evidence.parse(review.content(desk, found.evidence)) for name, found in sorted(one.measured.items())}
    known = {name: planned for name, of in kept.items() if (planned := of.planned(name)) and planned.metric in METRICS}
    # Who decides is measured by decisions; who only scores, by scores.
    checks = sorted(known, key=lambda name: known[name].metric in SCORING)
    found, missing, used = [], [], ""
    for title, wanted in (("Sex", (SEX,)), ("Race/ethnicity", (RACE,)), ("Race/ethnicity and sex", (RACE, SEX))):
        check, names, people = _counted(kept, checks, wanted)
        if people:
            used = used or check
            found.append(_breakdown(title, names, people, is_scoring=known[check].metric in SCORING))
        else:
            missing.append(f"numbers by {title[0].lower()}{title[1:]}")
    if not used:
        raise NothingChecked(
            f"no evidence of {one.name} says who was selected by sex or by race/ethnicity",
            hint="measure a check of adverse_impact_ratio by an attribute sex, and one by race",
        )
    facts = tuple(_known(desk, one, one.measured[used], kept[used]))
    gaps = [f"the {name[0].lower()}{name[1:]}" for name, text in facts if text.startswith(UNSAID)]
    return public.Summary(facts, tuple(found), (*missing, *gaps))


UNSAID = "not on record"


def _counted(
    kept: dict[str, Evidence], checks: Sequence[str], wanted: Sequence[frozenset[str]]
) -> tuple[str, tuple[str, ...], tuple[Category, ...]]:
    """Return the first check that counted people by these attributes."""
    for check in checks:
        planned = kept[check].planned(check)
        attributes = [
            *(planned.by if planned else ()),
            *(one for pair in (planned.intersections if planned else ()) for one in pair),
        ]
        names = tuple(next((one.name for one in attributes if one.name.lower() in known), "") for known in wanted)
        people = categories(kept[check], check, names) if all(names) else ()
        if people:
            return check, names, people
    return "", (), ()


def _breakdown(title: str, names: Sequence[str], people: Sequence[Category], *, is_scoring: bool) -> public.Breakdown:
    known, over = [one for one in people if one.is_known], ratios(people)
    everybody = sum(one.n for one in known)
    return public.Breakdown(
        title=title,
        by=" and ".join(names),
        categories=tuple(_category(one, over.get(one.key), everybody) for one in known),
        unknown=sum(one.n + one.undecided for one in people if not one.is_known),
        undecided=sum(one.undecided for one in known),
        is_scoring=is_scoring,
    )


def _category(one: Category, ratio: Fraction | None, everybody: int) -> public.Category:
    low, high = wilson(one.selected, one.n) if one.n else (None, None)
    share = Fraction(one.n, everybody) if everybody else Fraction(0)
    notes = ["less than 2 % of applicants"] if share < SMALL else []
    notes += [f"fewer than {FEW} people: read with care"] if one.n < FEW else []
    rate, low_, high_, ratio_ = (
        None if part is None else write_decimal(rounded(part, DIGITS)) for part in (one.rate, low, high, ratio)
    )
    name = ", ".join(part or "" for part in one.key)
    return public.Category(
        name, one.n, one.selected, rate, low_, high_, ratio_, write_decimal(rounded(share, DIGITS)), "; ".join(notes)
    )


def _known(desk: Desk, one: Version, measured: Measured, evidence: Evidence) -> Iterator[tuple[str, str]]:
    model = desk.registry.inventory.models[one.model]
    known, roles = desk.known(measured.person), desk.registry.people[measured.person].roles
    who = known.identity.name if known else measured.person
    at = measured.at or desk.ledger.entry(measured.entry).recorded_at
    data = next(
        (of for of in Manifest.parse(review.content(desk, one.digest)).data if of.digest == measured.source), None
    )
    put_to_use = _production(desk, one)
    yield "Tool", f"{one.name}: {model.purpose}"
    yield "Date of the bias audit", f"{when(at)}, entry #{measured.entry}"
    yield (
        "Measured by",
        f"{who}, {', '.join(sorted(roles))}{', who had a hand in making it' if measured.person in one.makers else ''}",
    )
    yield "Distribution date", when(put_to_use) if put_to_use else f"{UNSAID}: it never went to production"
    if data:
        span = f", {days(data)}" if data.first or data.last else ""
        yield "Source of the data", f"{data.role} data {data.name}{span}"
    else:
        yield "Source of the data", f"{UNSAID}: the measured file is known by its digest alone"
    yield "Digest of the data", str(measured.source)
    yield "Rows measured", f"{evidence.rows:,}"
    uses = "; ".join(model.facts.permitted_uses or ())
    yield "Used for", uses or f"{UNSAID}"


def _production(desk: Desk, one: Version) -> datetime | None:
    """Return when a version first went to production."""
    for index in range(one.entry, desk.registry.size):
        entry: Entry = desk.ledger.entry(index)
        event = Event.parse(entry.envelope.payload)
        about = event.govern.about
        if (
            isinstance(event.body, Move)
            and about
            and about.leaf_hash == one.leaf_hash
            and event.body.after == "production"
        ):
            return entry.recorded_at
    return None
