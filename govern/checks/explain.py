"""Why the model gave a case its score: interventional Shapley values against the whole reference; runs in the child.

What is explained is the production model in the space where it adds up, and who shares in it are players: columns, or
groups of columns that have one reason. Linear models have a closed form, trees have tables; trees too deep for tables go to
shap, told to use every row of the reference, since it silently cuts it to 100. Whatever cannot be looked into so is asked.
Contributions and the mean of the reference have to add up to the model's own output, not to what was read of it, or there is
no explanation.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import numpy as np

from govern.checks import forests, patterns, peer
from govern.checks.models import Model, Numbers
from govern.checks.peer import Agreement
from govern.checks.trees import Ensemble
from govern.checks.walks import Ground, Walked
from govern.errors import GovernError, InvalidInput


@dataclass(frozen=True, slots=True)
class Explained:
    """What each player adds to the mean output over the reference, a row a case."""

    contributions: Numbers
    margins: Numbers
    residual: float
    walked: Walked | None = None
    """How often the model was asked, and how sure the answer is; nothing where it was not sampled."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a model is explained, by whom, and how far that may miss the model's own output."""

    method: str
    library: str
    version: str
    tolerance: float
    values: Callable[[Numbers], Numbers]
    """From prepared rows, the contributions of the players."""
    ensemble: Ensemble | None = None
    ground: Ground | None = None
    """Where the model is asked: of rows as they came."""


@dataclass
class Explainer:
    """What explains a model against one reference: made once, asked for batch after batch."""

    model: Model
    reference: Any
    """A data frame with the model's columns."""
    players: Sequence[int]
    """Which player each of the model's columns belongs to."""
    mean: float
    background: Numbers
    """The reference as what adds up sees it; no rows where nobody knows what does."""
    outputs: Numbers
    adverse: int = 0
    """The sign of what counts against an applicant, where reasons are asked for."""
    _made_of: Any = None
    _way: Way | None = field(default=None)

    @classmethod
    def of(cls, model: Model, reference: Any, players: Sequence[int] | None = None, adverse: int = 0) -> "Explainer":
        players = tuple(range(len(model.features))) if players is None else tuple(players)
        if len(players) != len(model.features):
            raise InvalidInput(f"{len(players)} columns have a player, and the model reads {len(model.features)}")
        outputs = model.margin(reference)
        background = np.zeros((0, 0)) if model.is_opaque else _prepared(model, reference)
        return cls(model, reference, players, float(np.mean(outputs)), background, outputs, adverse)

    @property
    def way(self) -> Way:
        """How it was explained; known once it was."""
        assert self._way, "nothing has been explained"
        return self._way

    def explain(self, cases: Any) -> Explained:
        """Explain the cases of a data frame."""
        rows = self._read(cases)
        walked = self.way.ground.explain(cases) if self.way.ground else None
        contributions = walked.contributions if walked else self.way.values(rows)
        # Asked anew: a model that answers otherwise each time adds up to nothing.
        margins = self.model.margin(cases)
        residual = np.abs(contributions.sum(axis=1) + self.mean - margins)
        if not np.all(residual <= self.way.tolerance * (1 + np.abs(margins))):
            raise GovernError(
                f"the contributions miss the output of this {self.model.kind} by {residual.max():.3g}",
                hint="it is not explained by what cannot add it up; nothing was recorded",
                code="not_additive",
            )
        sampled = walked if self.way.ground and not self.way.ground.is_exact else None
        return Explained(contributions, margins, float(np.max(residual, initial=0.0)), sampled)

    def agreement(self, cases: Any) -> Agreement | None:
        """Ask shap about the cases too, in the model's prepared columns; none where it has nothing to add."""
        rows = self._read(cases)
        if self.way.ensemble is None:
            return None
        is_by_column = self._owners() == list(range(self.background.shape[1]))
        ours = self.way.values if is_by_column else None
        return peer.agreement(self.model, self.way.ensemble, self.background, rows, ours)

    def _read(self, cases: Any) -> Numbers:
        """Return the prepared rows, once everything is there that explains them; none where the model is asked."""
        if self.model.prepare is not None and not self.model.is_opaque:
            self._follow(cases)
        if self._way is None:
            owners = None if self.model.is_opaque else self._owners()
            found = _way(self.model, self.background, owners, max(self.players) + 1) if owners else None
            self._way = found or self._asked()
        return np.zeros((0, 0)) if self._way.ground else _prepared(self.model, cases)

    def _asked(self) -> Way:
        """Return the way to explain what nobody can look into."""
        reference = self.reference[list(self.model.features)]
        of_game = (self.model.margin, reference, self.outputs, self.mean, self.players, self.adverse)
        ground = Ground.of(*of_game, self.model.digest)
        name = "asked.exact" if ground.is_exact else "asked.sampled"
        return Way(name, "govern", version("govern"), forests.SINGLE, lambda rows: rows, ground=ground)

    def _follow(self, cases: Any) -> None:
        import pandas as pd  # noqa: PLC0415  only for models that prepare their columns

        known = self.reference if self._made_of is None else self.reference.head(1)
        made_of = _made_of(self.model, pd.concat([known, cases], ignore_index=True)[list(self.model.features)])
        if self._made_of is None or np.any(made_of & ~self._made_of):
            self._made_of = made_of if self._made_of is None else made_of | self._made_of
            self._way = None

    def _owners(self) -> list[int] | None:
        """Return which player each prepared column belongs to; one that never moves counts for nothing with any.

        None if a prepared column is made of several players' columns.
        """
        if self._made_of is None:
            return list(self.players)
        owners = []
        for its in self._made_of:
            sources = np.flatnonzero(its).tolist()
            if len({self.players[one] for one in sources}) > 1:
                return None
            owners.append(self.players[sources[0]] if sources else 0)
        return owners


def _prepared(model: Model, frame: Any) -> Numbers:
    if model.prepare is None:
        return np.asarray(frame[list(model.features)].to_numpy(dtype=np.float64))
    return np.asarray(model.prepare(frame), dtype=np.float64)


def _way(model: Model, background: Numbers, owners: Sequence[int], count: int) -> Way | None:
    """Return how a model is explained by what is in it; none where nothing in it says that."""
    of_players = np.eye(count)[list(owners)]
    if hasattr(model.inner, "coef_"):
        coefficients = np.asarray(model.inner.coef_, dtype=np.float64)
        own = coefficients[model.place] if model.of_several else coefficients.reshape(-1)
        weights = (-1.0 if model.is_flipped else 1.0) * own
        middle = background.mean(axis=0)
        return Way("linear", *_library(model), 1e-9, lambda rows: (weights * (rows - middle)) @ of_players)
    ensemble = forests.read(model.inner, model.place)
    if ensemble and patterns.fits(ensemble, owners):
        tables = patterns.Patterns.made(ensemble, background, owners, count)
        return Way(
            "tree.patterns", "govern", version("govern"), ensemble.tolerance, tables.contributions, ensemble=ensemble
        )
    if ensemble is None or any(owners.count(one) > 1 for one in owners):
        # Adding up what shap says of the parts of one player is not the Shapley value of that player.
        return None
    return Way(
        "tree.shap",
        "shap",
        version("shap"),
        forests.SINGLE,
        lambda rows: peer.values(model, background, rows) @ of_players,
    )


def _library(model: Model) -> tuple[str, str]:
    """Return whose coefficients those of a linear model are, and its version."""
    own = type(model.inner).__module__.partition(".")[0]
    return own, version(own) if own == "govern" else str(sys.modules[own].__version__)


def _made_of(model: Model, frame: Any) -> Any:
    """Return which prepared column is made of which of the model's own, as a table of yes and no.

    A column is moved, and what moves with it was made of it: what varies as a function of one column alone has to differ
    somewhere when that column is shifted by a row.
    """
    prepare = model.prepare
    assert prepare, "this model prepares no columns"
    still = np.asarray(prepare(frame), dtype=np.float64)
    made_of = np.zeros((still.shape[1], len(model.features)), np.bool_)
    for place, name in enumerate(model.features):
        moved = frame.assign(**{name: np.roll(frame[name].to_numpy(), 1)})
        prepared = np.asarray(prepare(moved), dtype=np.float64)
        made_of[:, place] = ~np.all((prepared == still) | (np.isnan(prepared) & np.isnan(still)), axis=0)
    return made_of
