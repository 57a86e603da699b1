"""Where the files lie that browsers ask for: ours, and Leaflet out of its wheel."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

STATIC = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "templates"

#: The scripts of the replay in `static/replay`, in the order in which they run; Leaflet runs before them.
REPLAY_SCRIPTS = (
    "words.js",
    "scene.js",
    "reach.js",
    "state.js",
    "base.js",
    "labels.js",
    "tracks.js",
    "marks.js",
    "layer.js",
    "pointer.js",
    "strip.js",
    "panel.js",
    "reach_list.js",
    "gap.js",
    "controls.js",
    "boot.js",
)


def leaflet_folder() -> Path:
    """Return the folder of Leaflet's script and style sheet, without importing the package around them.

    Raises
    ------
    FileNotFoundError
        The package is not installed whole.
    """
    found = find_spec("js_lib_leaflet")
    places = found.submodule_search_locations if found else None
    folder = Path(next(iter(places or ()), "")) / "static" / "js_lib_leaflet"
    if not (folder / "leaflet.js").is_file():
        raise FileNotFoundError(f"{folder}: Leaflet is missing; install Shipwatch's requirements again")
    return folder
