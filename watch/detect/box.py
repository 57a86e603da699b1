"""Boxes around places on the unit sphere: no seam is special, and any cutting of time gives the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from watch.geodesy import Floats

#: The least (`x0`, `y0`, `z0`) and the greatest coordinates of the unit vectors of some places.
BOX_STATE: dict[str, Any] = {f"{axis}{end}": np.float64 for end in "01" for axis in "xyz"}
#: How the boxes of parts make the box of the whole, as in `DataFrame.agg`.
BOX_SUMS = {name: "min" if name.endswith("0") else "max" for name in BOX_STATE}


def box_columns(low: Floats, high: Floats) -> dict[str, Floats]:
    """Return the columns of `BOX_STATE` for (n, 3) least and greatest coordinates.

    Examples
    --------
    >>> box_columns(np.zeros((1, 3)), np.ones((1, 3)))["z1"].tolist()
    [1.0]
    """
    return dict(zip(BOX_STATE, [*low.T, *high.T], strict=True))


def box_spans(boxes: pd.DataFrame) -> Floats:
    """Return how far apart the opposite corners of each box lie, in Earth radii.

    Examples
    --------
    >>> box_spans(pd.DataFrame(box_columns(np.zeros((1, 3)), np.array([[0.0, 3.0, 4.0]])))).tolist()
    [5.0]
    """
    low, high = boxes[["x0", "y0", "z0"]].to_numpy(), boxes[["x1", "y1", "z1"]].to_numpy()
    return np.asarray(np.linalg.norm(high - low, axis=1))
