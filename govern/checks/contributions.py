"""What a model's process found of cases: what each player adds, and how sure that is where the model could only be asked."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from govern.checks.opinion import Opinion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Sampled:
    """How sure contributions are that were found by asking the model of chosen rows; a row a case."""

    errors: "NDArray[np.float64]"
    """The standard error of each contribution."""
    walks: "NDArray[np.int64]"
    """There and back, each from a row of the reference."""
    certain: "NDArray[np.bool_]"
    """Whether the errors leave no doubt of which reasons are told."""


@dataclass(frozen=True, slots=True)
class Contributions:
    """What the child found; a row a case, a column a player, which is a feature unless it was said otherwise."""

    mean: float
    residual: float
    scores: "NDArray[np.float64]"
    margins: "NDArray[np.float64]"
    values: "NDArray[np.float64]"
    method: str
    library: str
    version: str
    samples: int
    """How many rows of the reference were used: all."""
    seconded: Opinion | None = None
    """What shap said of the first of them."""
    sampled: Sampled | None = None

    def is_certain(self, row: int) -> bool:
        """Say whether it is certain which reasons a case is told."""
        return self.sampled is None or bool(self.sampled.certain[row])
