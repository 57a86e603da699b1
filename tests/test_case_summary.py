"""The printable summary: one sheet for most alerts, two at most, all of it readable, and the command that writes it."""

from __future__ import annotations

import io
import re
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import Demo, Done, on
from matplotlib.image import imread
from numpy.typing import NDArray

from tests.alert_cases import made_alert, stored_in
from watch.alert_board import named, read_told
from watch.case.gather import Case, gather_case
from watch.case.summary import draw_summary
from watch.chart.sheet import Sheet, wrap
from watch.chart.text import text_width_px
from watch.workspace import Workspace

AT = datetime(2020, 10, 8, 7, 30, tzinfo=UTC)
PAGE_PX = 1753


@pytest.fixture(scope="module")
def demo_ws(demo: Demo) -> Workspace:
    return Workspace(demo.folder)


def case_of(ws: Workspace, rule_id: str, name: str | None = None) -> Case:
    """Return the first case of a rule, of a ship when it is named."""
    with ws.engine.connect() as conn:
        told = [a for a in read_told(ws, conn) if a["rule_id"] == rule_id and name in (None, a["vessel"]["name"])]
    case = gather_case(ws, told[0]["alert_id"])
    assert case is not None
    return case


def pdf_words(pdf: bytes) -> str:
    """Return the text of a PDF as its reader would search it: the letters of each drawn line, without blanks.

    The letters stand in the page as two bytes each, broken up by corrections of their distance.
    """
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            drawn = zlib.decompress(stream)
        except zlib.error:
            continue
        for line in re.findall(rb"\[(.*?)\]\s*TJ", drawn, re.DOTALL):
            letters = b"".join(re.findall(rb"\(((?:\\.|[^()\\])*)\)", line, re.DOTALL))
            found.append(re.sub(rb"\\([()\\])", rb"\1", letters).replace(b"\0", b"").decode("latin-1"))
    return re.sub(r"\s", "", "".join(found))


def picture(png: bytes) -> NDArray[np.float64]:
    return np.asarray(imread(io.BytesIO(png)), dtype=np.float64)


RULES = {
    "silence": ("iran-venezuela-liberian-tanker-dark", "LUNA", 1),
    "voyage": ("iran-venezuela-tanker-voyage", "FORTUNE", 2),
    "possible_call": ("possible-dark-call", None, 1),
    "possible_meeting": ("possible-dark-meeting", "BERING", 1),
    "destination": ("destination-turns-to-sanctioned", None, 1),
    "listed": ("listed-ship-moving", None, 1),
}


@pytest.mark.parametrize(("rule_id", "name", "pages_max"), RULES.values(), ids=RULES.keys())
def test_it_fits_on_its_pages_and_has_ink_to_the_end(
    demo_ws: Workspace, rule_id: str, name: str | None, pages_max: int
) -> None:
    image = picture(draw_summary(case_of(demo_ws, rule_id, name), None, "png", made_at=AT, synthetic=True))
    assert len(image) % PAGE_PX == 0
    assert len(image) // PAGE_PX <= pages_max
    edges = np.concatenate([image[:, :60].ravel(), image[:, -60:].ravel()])
    assert (edges == 1.0).all(), "nothing is drawn into the margins"


SAID_OF_LUNA = {
    "name": "LUNA",
    "ids": "Tanker · Flag LR · IMO 9208100 · MMSI 636990004",
    "level_state_verdict": "MEDIUM · open · early warning",
    "summary": "LUNA (LR) was not heard for 87 days from 2020-07-12 06:00 UTC",
    "step": "since 12 Jul 2020 06:00 UTC (87 days so far) · 24°27.5'N 057°26.7'E",
    "last_heard": "Sohar 40 nm E STS area (OM) (0.1 kn; 21 positions in the 12",
    "reach": "Iran, 15 places, nearest Jask / Kooh Mobarak terminal, 61 nm",
    "not_observed": "Port call or zone reached in Venezuela: not seen yet; expected by 2020-11-09 06:00 UTC",
    "joined": "Port call in Iran, Port call in Venezuela: nothing seen that fits (optional step)",
    "measure": "US-VE-PDVSA: USA, PdVSA determination + SDN under 13850: oil sector (in force with licences)",
    "red_flag": "US1a: AIS gap or disabled AIS",
    "flag_without_ligature": "Red flags of the whole pattern",
    "lists": "Lists: on none that we hold.",
    "history": "raised by shipwatch",
    "made": "Made 8 Oct 2020 07:30 UTC · data as of 7 Oct 2020 12:39 UTC · last hash ",
    "synthetic": "SYNTHETIC TRACKS: made from way-points and dates, no ship sailed them.",
}


@pytest.fixture(scope="module")
def luna_words(demo_ws: Workspace) -> str:
    case = case_of(demo_ws, "iran-venezuela-liberian-tanker-dark", "LUNA")
    return pdf_words(draw_summary(case, None, "pdf", made_at=AT, synthetic=True)) + case.history[-1]["hash"]


@pytest.mark.parametrize("said", SAID_OF_LUNA.values(), ids=SAID_OF_LUNA.keys())
def test_the_text_of_the_pdf_says(luna_words: str, said: str) -> None:
    assert re.sub(r"\s", "", said) in luna_words


def test_the_hash_of_the_last_change_is_on_it(demo_ws: Workspace) -> None:
    case = case_of(demo_ws, "iran-venezuela-liberian-tanker-dark", "LUNA")
    assert case.history[-1]["hash"] in pdf_words(draw_summary(case, None, "pdf", made_at=AT))


def test_what_is_not_made_up_bears_no_mark(demo_ws: Workspace) -> None:
    case = case_of(demo_ws, "listed-ship-moving")
    assert "SYNTHETIC" not in pdf_words(draw_summary(case, None, "pdf", made_at=AT))


def many_steps(count: int) -> dict[str, Any]:
    """An alert with so many steps, each in a zone of a long name."""
    zone = {"id": "z", "name": "A terminal " + "with a long name " * 12, "country": "IR", "kind": "terminal"}
    alert = made_alert("aaaa11110000")
    return alert | {"steps": [alert["steps"][0] | {"zone": zone, "event_id": f"e{n}"} for n in range(count)]}


def test_what_does_not_fit_on_two_pages_is_counted(tmp_path: Path) -> None:
    ws = Workspace(
        stored_in(tmp_path / "data", [many_steps(60) | {"not_observed": [f"{n} " + "unseen " * 90 for n in range(40)]}])
    )
    case = gather_case(ws, "aaaa11110000")
    assert case is not None
    assert len(picture(draw_summary(case, None, "png", made_at=AT))) == 2 * PAGE_PX
    words = pdf_words(draw_summary(case, None, "pdf", made_at=AT))
    assert "and46stepsmore" in words
    assert re.search(r"\d+linesleftout:seethealert'spage", words)


WRAPPED = {
    "words": ("one two three four five six seven eight nine ten", 60.0),
    "one_long_word": ("W" * 200, 60.0),
    "long_word_among_short_ones": (f"a {'i' * 300} b", 60.0),
    "wider_than_a_letter_only": ("abc def", 3.0),
}


@pytest.mark.parametrize(("text", "width_pt"), WRAPPED.values(), ids=WRAPPED.keys())
def test_lines_lose_nothing_and_are_no_wider(text: str, width_pt: float) -> None:
    lines = wrap(text, 8.0, "normal", width_pt)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(len(line) == 1 or text_width_px(line, 8.0) * 0.72 <= width_pt for line in lines)


def test_lines_never_overlap() -> None:
    sheet = Sheet()
    for _ in range(5):
        sheet.heading("Heading")
        sheet.text("words " * 80, size=8.0, mark="1", indent_pt=16)
        sheet.text("SHIP", size=17.0, weight="bold")
    image = picture(sheet.png())
    inked = (image < 0.6).any(axis=(1, 2))
    runs = np.diff(np.flatnonzero(np.diff(np.append(np.append(False, inked), False).astype(int))))[::2]
    assert runs.max() <= 40, "a line of 17 points has at most 36 pixels; two that touch have more"


def summary(folder: Path, *args: str | Path) -> Done:
    return on(folder, "alerts", "summary", *args)


@pytest.mark.parametrize(("name", "begins"), [("case.pdf", b"%PDF-"), ("case.PNG", b"\x89PNG")])
def test_the_command_writes_the_file(demo: Demo, tmp_path: Path, name: str, begins: bytes) -> None:
    ws = Workspace(demo.folder)
    with ws.engine.connect() as conn:
        alert_id = next(a["alert_id"] for a in read_told(ws, conn) if a["vessel"]["name"] == "LUNA")
    done = summary(demo.folder, alert_id[:9], "-o", tmp_path / name)
    assert (done.code, done.out) == (0, "")
    assert f"summary of alert {alert_id} written to" in done.err
    assert (tmp_path / name).read_bytes().startswith(begins)
    assert [file.name for file in tmp_path.iterdir()] == [name]


REFUSED = {
    "no_such_alert": (("zzzz", "-o", "case.pdf"), "no alert with an id that begins with 'zzzz'"),
    "no_form": (("aaaa", "-o", "case.docx"), "'case.docx' ends in no form of a summary; let it end in pdf or png"),
    "no_ending": (("aaaa", "-o", "case"), "'case' ends in no form"),
    "no_such_folder": (("aaaa", "-o", "nowhere/case.pdf"), "cannot be written: No such file or directory"),
}


@pytest.mark.parametrize(("args", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_the_command_says_what_is_wrong(tmp_path: Path, args: tuple[str, ...], said: str) -> None:
    folder = stored_in(tmp_path / "data", [made_alert("aaaa11110000")])
    place = [str(tmp_path / arg) if k and args[k - 1] == "-o" else arg for k, arg in enumerate(args)]
    done = summary(folder, *place)
    assert done.code == 2
    assert said in " ".join(done.err.split())


def test_an_id_names_one_alert(demo_ws: Workspace) -> None:
    with demo_ws.engine.connect() as conn:
        (alert,) = named(read_told(demo_ws, conn), ["2e9691956d"])
    case = gather_case(demo_ws, alert["alert_id"])
    assert case is not None
    assert gather_case(demo_ws, "2e96") is None
