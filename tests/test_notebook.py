"""The notebook of the docs runs on the demo's data, and what it shows is what stands in it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from command_line import Demo
from nbclient import NotebookClient

PATH = Path(__file__).resolve().parents[1] / "docs" / "notebook.ipynb"
_PNG_BYTES = 60_000


def executed(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("SHIPWATCH_DATA_DIR", str(demo.folder))
    monkeypatch.setenv("PYTHONPATH", str(PATH.parents[1]))
    notebook = nbformat.read(PATH, as_version=4)
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": PATH.parent}}
    ).execute()
    for cell in notebook.cells:  # times of this run, which say nothing
        cell.metadata.pop("execution", None)
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def outputs(notebook: Any) -> Iterator[tuple[str, Any]]:
    """Yield the texts and pictures that the cells show, with the type of each."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "stream":
                yield f"stream {output.name}", output.text
            else:
                yield from sorted(output.get("data", {"error": output.get("ename")}).items())


def test_the_notebook_shows_what_stands_in_it_golden(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, now = nbformat.read(PATH, as_version=4), executed(demo, monkeypatch)
    if os.environ.get("SHIPWATCH_GOLDEN") == "rewrite":
        nbformat.write(now, PATH)
        kept = now
    shown = [(kind, text) for kind, text in outputs(now) if kind != "image/png"]
    assert shown == [(kind, text) for kind, text in outputs(kept) if kind != "image/png"]
    assert {kind for kind, _ in shown} <= {"stream stdout", "text/plain", "text/html"}
    assert len(shown) > 8


def test_what_stands_in_the_notebook_is_small_and_says_nothing_of_a_machine() -> None:
    kept = nbformat.read(PATH, as_version=4)
    nbformat.validate(kept)
    pictures = [data for kind, data in outputs(kept) if kind == "image/png"]
    assert len(pictures) == 3
    assert all(len(picture) < _PNG_BYTES for picture in pictures)
    texts = [text for kind, text in outputs(kept) if kind != "image/png"]
    assert [text for text in texts if re.search(r"(?<![\w/<])/(?:home|tmp|work|root|usr|Users)\b", text)] == []
    assert "switched" not in PATH.read_text(encoding="utf-8")
