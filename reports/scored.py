"""What was measured of a file, as one page of HTML that stands alone: no script, no font, nothing that is fetched."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

WIDE, HIGH = 620, 220
_LEFT, _BOTTOM, _TOP = 44, 26, 10
_FOUR_FIFTHS = 0.8
_COLOURS = 8
_DASHES = ("", "7 4", "2 4")

_TITLES = {
    "roc_auc": "Area under the ROC curve",
    "ks": "KS",
    "gini": "Gini",
    "f1": "F1",
    "brier": "Brier score",
    "log_loss": "Log loss",
    "psi": "PSI",
    "ks_shift": "KS",
    "jensen_shannon_divergence": "Jensen-Shannon",
    "chi_square_p": "Chi-square p",
    "missing_share_rise": "More missing",
    "new_value_share": "New values",
}


def page(value: Mapping[str, Any], name: str, agreed: Sequence[str], command: str) -> str:
    """Return the page; ``value`` is the JSON of ``govern evaluate``, ``agreed`` who found the same."""
    style = files("reports").joinpath("scored.css").read_text(encoding="utf-8")
    parts = [
        f"<h1>{_text(name)}</h1>",
        _facts(value),
        _section("How well it predicts", _overall(value["overall"])),
        *(_section(f"By {_text(by)}", _groups(value, by)) for by in _attributes(value["groups"])),
    ]
    if value.get("cutoffs"):
        parts.append(_section("What another cut-off would do", _cutoffs(value["cutoffs"])))
    if value.get("stability"):
        parts.append(_section("What has changed since the baseline", _stability(value["stability"])))
    if value["excluded"]:
        parts.append(_section("What was left out", _excluded(value["excluded"])))
    parts.append(_section("How it was measured", _method(agreed, command)))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{_text(name)}, measured</title>'
        f'<meta name="viewport" content="width=device-width"><style>{style}</style></head>'
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )


def _facts(value: Mapping[str, Any]) -> str:
    digest = value["data"]["sha256"]
    said = f" · <code>sha256:{digest}</code>" if digest else ""
    return f'<p class="facts">{value["data"]["rows"]:,} rows{said}</p>'


def _section(title: str, body: str) -> str:
    return f"<section><h2>{title}</h2>{body}</section>"


def _overall(measures: Mapping[str, Any]) -> str:
    rows = [(_title(name), *_cells(one)) for name, one in measures.items()]
    return _table(("measure", "value", "95 % interval"), rows)


def _attributes(groups: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(_by(one["by"]) for one in groups))


def _groups(value: Mapping[str, Any], by: str) -> str:
    groups = [one for one in value["groups"] if _by(one["by"]) == by]
    disparities = [one for one in value["disparities"] if one["by"] == by]
    shown = [name for name in ("selection_rate", "adverse_impact_ratio") if any(name in g["measures"] for g in groups)]
    charts = "".join(_whiskers(groups, name) for name in shown)
    return charts + _compared(disparities) + _every(groups)


def _whiskers(groups: Sequence[Mapping[str, Any]], name: str) -> str:
    """Draw one number of each group with its interval; each stands in words beside its mark."""
    drawn = [(one, one["measures"].get(name)) for one in groups]
    ends = [float(m[end]) for _, m in drawn if m for end in ("value", "high") if m.get(end) is not None]
    top = _round_up(max([*ends, 1.0 if name == "adverse_impact_ratio" else 0.0], default=1.0))
    row, left, right = 26, 190, 120
    span = WIDE - left - right
    high = row * len(drawn) + 30
    parts = []
    for place, (one, measure) in enumerate(drawn):
        y = row * place + 18
        small = " (few)" if one["status"] == "small" else ""
        label = _text(" · ".join(str(part) for part in one["by"].values()))
        parts.append(
            f'<text class="label" x="{left - 12}" y="{y + 4}">{label} <tspan class="n">{one["n"]:,}{small}</tspan></text>'
        )
        if measure is None:
            parts.append(f'<text class="n" x="{left}" y="{y + 4}">compared with</text>')
        elif measure["value"] is None:
            parts.append(
                f'<text class="n" x="{left}" y="{y + 4}">undefined: {_text(measure["why"].replace("_", " "))}</text>'
            )
        else:
            at, (low, up) = (left + span * float(measure["value"]) / top), _ends(measure)
            if low is not None and up is not None:
                parts.append(
                    f'<line class="whisker" x1="{left + span * low / top:.1f}" x2="{left + span * up / top:.1f}" y1="{y}" y2="{y}"/>'
                )
            is_low = name == "adverse_impact_ratio" and float(measure["value"]) < _FOUR_FIFTHS
            parts.append(_mark(at, y, is_low=is_low))
            parts.append(f'<text class="value" x="{WIDE - right + 14}" y="{y + 4}">{_number(measure["value"])}</text>')
    for tick in range(6):
        x = left + span * tick / 5
        parts.insert(0, f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="6" y2="{high - 22}"/>')
        parts.append(f'<text class="tick" x="{x:.1f}" y="{high - 6}">{top * tick / 5:.3g}</text>')
    if name == "adverse_impact_ratio":
        x = left + span * _FOUR_FIFTHS / top
        parts.insert(0, f'<line class="limit" x1="{x:.1f}" x2="{x:.1f}" y1="2" y2="{high - 22}"/>')
    note = "; the line is four fifths, a mark below it is hollow" if name == "adverse_impact_ratio" else ""
    return f"<figure><figcaption>{_title(name)}, with 95 % intervals{note}</figcaption>{_svg(parts, high)}</figure>"


def _mark(x: float, y: float, *, is_low: bool) -> str:
    if is_low:
        return f'<path class="below" d="M{x:.1f} {y - 6} l6 6 l-6 6 l-6 -6 z"/>'
    return f'<circle class="point" cx="{x:.1f}" cy="{y}" r="4.5"/>'


def _compared(lines: Sequence[Mapping[str, Any]]) -> str:
    rows = [(_title(one["metric"]), *_cells(one), _pair(one)) for one in lines]
    return _table(("between groups", "value", "95 % interval", "which"), rows) if rows else ""


def _pair(one: Mapping[str, Any]) -> str:
    return f"{one['from']} against {one['to']}" if one["to"] else ""


def _every(groups: Sequence[Mapping[str, Any]]) -> str:
    names = list(dict.fromkeys(name for one in groups for name in one["measures"]))
    heads = ["measure", *(" · ".join(str(part) for part in one["by"].values()) for one in groups)]
    rows = [(_title(name), *(_short(one["measures"].get(name)) for one in groups)) for name in names]
    return (
        f"<details><summary>Every measure of every group</summary><div class=wide>{_table(heads, rows)}</div></details>"
    )


def _cutoffs(swept: Mapping[str, Any]) -> str:
    at = [float(one) for one in swept["at"]]
    overall = {_title(name): numbers for name, numbers in swept["overall"].items()}
    parts = [_curves("Everybody, by the score from which on the prediction is 1", at, overall)]
    for one in swept["by"]:
        rates = {" · ".join(str(part) for part in g["by"].values()): g["selection_rate"] for g in one["groups"]}
        parts.append(_curves(f"Selection rate by {_text(one['by'])}", at, rates))
        ratio = {"worst adverse impact ratio": one["adverse_impact_ratio"]}
        parts.append(_curves(f"Adverse impact ratio by {_text(one['by'])}", at, ratio, limit=_FOUR_FIFTHS))
    return "".join(parts)


def _curves(
    title: str, at: Sequence[float], curves: Mapping[str, Sequence[str | None]], limit: float | None = None
) -> str:
    low, high = at[0], at[-1]
    span = (high - low) or 1.0

    def x(number: float) -> float:
        return _LEFT + (WIDE - _LEFT - 10) * (number - low) / span

    def y(number: float) -> float:
        return _TOP + (HIGH - _TOP - _BOTTOM) * (1 - min(number, 1.0))

    parts = [
        f'<line class="grid" x1="{_LEFT}" x2="{WIDE - 10}" y1="{y(tick / 4):.1f}" y2="{y(tick / 4):.1f}"/>'
        f'<text class="tick left" x="{_LEFT - 8}" y="{y(tick / 4) + 4:.1f}">{tick / 4:g}</text>'
        for tick in range(5)
    ]
    parts += [
        f'<text class="tick" x="{x(low + span * tick / 5):.1f}" y="{HIGH - 8}">{low + span * tick / 5:.3g}</text>'
        for tick in range(6)
    ]
    if limit is not None:
        parts.append(f'<line class="limit" x1="{_LEFT}" x2="{WIDE - 10}" y1="{y(limit):.1f}" y2="{y(limit):.1f}"/>')
    legend = []
    for place, (name, numbers) in enumerate(curves.items()):
        look = f'class="curve c{place % _COLOURS}" stroke-dasharray="{_DASHES[place // _COLOURS % len(_DASHES)]}"'
        for run in _runs(at, numbers):
            points = " ".join(f"{x(one):.1f},{y(number):.1f}" for one, number in run)
            parts.append(f"<polyline {look} points='{points}'/>")
        legend.append(
            f'<li><svg width="26" height="10"><line {look} x1="0" x2="26" y1="5" y2="5"/></svg>{_text(name)}</li>'
        )
    keys = f"<ul class=legend>{''.join(legend)}</ul>" if len(curves) > 1 else ""
    return f"<figure><figcaption>{title}</figcaption>{keys}{_svg(parts, HIGH)}</figure>"


def _runs(at: Sequence[float], numbers: Sequence[str | None]) -> Iterable[list[tuple[float, float]]]:
    """Yield the stretches of a curve that are defined."""
    run: list[tuple[float, float]] = []
    for one, number in zip(at, numbers, strict=True):
        if number is None:
            if run:
                yield run
            run = []
        else:
            run.append((one, float(number)))
    if run:
        yield run


def _stability(columns: Sequence[Mapping[str, Any]]) -> str:
    names = list(dict.fromkeys(name for one in columns for name in one["measures"]))
    order = sorted(columns, key=lambda one: -float(one["measures"].get("psi", {}).get("value") or 0))
    rows = [(one["column"], *(_short(one["measures"].get(name)) for name in names)) for one in order]
    return _table(["column", *map(_title, names)], rows)


def _excluded(lines: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (", ".join(f"{name} = {'missing' if one is None else one}" for name, one in line["by"].items()) or "everybody",
         f"{line['n']:,}", line["why"].replace("_", " "))
        for line in lines
    ]  # fmt: skip
    return _table(("of", "rows", "why"), rows)


def _method(agreed: Sequence[str], command: str) -> str:
    said = "".join(f"<li>{_text(one)}</li>" for one in agreed)
    return (
        "<p>Counts are integers and values fractions of them; intervals are by the bootstrap on counts, from a seed that "
        "nobody chooses, so whoever measures the same rows again finds the same digits. What cannot be measured is "
        f"undefined, never 0.</p><ul>{said}</ul><pre>{_text(command)}</pre>"
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th scope=col>{_text(one)}</th>" for one in heads)
    body = "".join(
        f"<tr><th scope=row>{_text(first)}</th>{''.join(f'<td>{_text(one)}</td>' for one in rest)}</tr>"
        for first, *rest in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cells(one: Mapping[str, Any]) -> tuple[str, str]:
    if one["value"] is None:
        return "undefined", one["why"].replace("_", " ")
    return _number(one["value"]), "" if None in _ends(one) else f"{_number(one['low'])} to {_number(one['high'])}"


def _short(one: Mapping[str, Any] | None) -> str:
    return "" if one is None else _number(one["value"]) if one["value"] is not None else "undefined"


def _ends(one: Mapping[str, Any]) -> tuple[float | None, float | None]:
    low, high = one.get("low"), one.get("high")
    return (None, None) if low is None or high is None else (float(low), float(high))


def _number(text: str) -> str:
    return f"{float(text):.4f}"


def _title(name: str) -> str:
    words = name.replace("_", " ")
    return _TITLES.get(name, words.replace("roc auc", "AUC") if words.startswith("roc") else words.capitalize())


def _by(by: Mapping[str, Any]) -> str:
    return " and ".join(by)


def _round_up(number: float) -> float:
    return next(one for one in (0.1, 0.2, 0.5, 1.0, 1.25, 1.5, 2.0, 2.5, 5.0, 10.0, 100.0, 1e12) if number <= one)


def _svg(parts: Iterable[str], high: float) -> str:
    return f'<svg viewBox="0 0 {WIDE} {high:g}" role="img">{"".join(parts)}</svg>'


def _text(said: object) -> str:
    return escape(str(said))
