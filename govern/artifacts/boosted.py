"""Boosted trees in the formats of their own libraries: XGBoost's JSON and UBJSON, LightGBM's text."""

from collections.abc import Callable, Iterator, Sequence

from govern.artifacts import jsontext, ubjson
from govern.artifacts.jsontext import Found, Place
from govern.artifacts.source import Column, Cursor, Inspection, Malformed, Source, inspection

_LEARNER = "learner"
_WANTED = (
    (_LEARNER, "feature_names"),
    (_LEARNER, "feature_types"),
    (_LEARNER, "gradient_booster", "name"),
    (_LEARNER, "gradient_booster", "model", "gbtree_model_param", "num_trees"),
    (_LEARNER, "learner_model_param", "num_class"),
    (_LEARNER, "learner_model_param", "num_feature"),
    (_LEARNER, "learner_model_param", "num_target"),
    (_LEARNER, "objective", "name"),
    ("version",),
)


class NoModel(Malformed):
    """It is well written, and no model of XGBoost."""


_MOST_LINES = 64
_LONGEST_LINE = 2 << 20


def xgboost_json(source: Source) -> Inspection:
    return _xgboost("XGBoost JSON", source, jsontext.pick)


def xgboost_ubj(source: Source) -> Inspection:
    return _xgboost("XGBoost UBJ", source, ubjson.pick)


def _xgboost(format_: str, source: Source, pick: Callable[[Source, Sequence[Place]], Iterator[Found]]) -> Inspection:
    found = {place[-2:]: value for place, value in pick(source, _WANTED)}
    names, kinds = found.get((_LEARNER, "feature_names")), found.get((_LEARNER, "feature_types"))
    objective = found.get(("objective", "name"))
    if objective is None:
        raise NoModel("it has no learner with an objective")
    count = _count(found.get(("learner_model_param", "num_feature")))
    names = names if isinstance(names, list) and names else [f"f{place}" for place in range(min(count, 1 << 16))]
    kinds = kinds if isinstance(kinds, list) and len(kinds) == len(names) else [""] * len(names)
    classes = max(_count(found.get(("learner_model_param", name))) for name in ("num_class", "num_target"))
    version = found.get(("version",))
    return inspection(
        format_,
        inputs=[Column.of(*one) for one in zip(names, kinds, strict=True)],
        outputs=[Column.of("prediction", f"float[?, {classes}]" if classes > 1 else "float[?]")],
        facts={
            "objective": objective,
            "booster": found.get(("gradient_booster", "name")),
            "trees": found.get(("gbtree_model_param", "num_trees")),
            "features": count,
            "version": ".".join(map(str, version)) if isinstance(version, list) else None,
        },
        flags=(f"it says {count:,} features and names {len(names):,}",) if count != len(names) else (),
    )


def lightgbm(source: Source) -> Inspection:
    """Return what the header says: lines of ``name=value`` up to the first that is empty."""
    said = _header(Cursor(source))
    if "objective" not in said and "max_feature_idx" not in said:
        raise Malformed("its header names neither objective nor features")
    names, ranges = said.get("feature_names", "").split(), said.get("feature_infos", "").split()
    count = _count(said.get("max_feature_idx", "-1")) + 1
    ranges = ranges if len(ranges) == len(names) else [""] * len(names)
    classes = _count(said.get("num_class"))
    return inspection(
        "LightGBM text",
        inputs=[Column.of(name, _kind(range_)) for name, range_ in zip(names, ranges, strict=True)],
        outputs=[Column.of("prediction", f"double[?, {classes}]" if classes > 1 else "double[?]")],
        facts={
            "objective": said.get("objective"),
            "trees": len(said.get("tree_sizes", "").split()),
            "features": count,
            "version": said.get("version"),
        },
        flags=(f"it says {count:,} features and names {len(names):,}",) if count != len(names) else (),
    )


def _header(cursor: Cursor) -> dict[str, str]:
    said: dict[str, str] = {}
    for _ in range(_MOST_LINES):
        if not (line := cursor.line(_LONGEST_LINE).decode(errors="replace").strip()):
            return said
        name, _, value = line.partition("=")
        said[name] = value
    raise Malformed(f"its header has more than {_MOST_LINES} lines")


def _kind(range_: str) -> str:
    if range_.startswith("["):
        return f"number {range_}"
    return "" if range_ in {"", "none"} else f"category {range_}"


def _count(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return 0
