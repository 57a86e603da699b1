"""The pages of health and coverage: what is wrong in sentences, figures that add up, refused rows, the map."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.web.made import BROKEN
from tests.web.serving import Served, serving, text_of, visiting
from watch.settings import Settings
from watch.store import runs
from watch.store.slices import Slice
from watch.web.health_view import day_bars, lasting_fall
from watch.web.site import Site
from watch.workspace import Workspace

AT = datetime(2020, 10, 8, tzinfo=UTC)


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[httpx.Client]:
    """A visitor of a folder that holds nothing yet."""
    with serving(Site(Workspace(tmp_path / "data"), Settings())) as served, visiting(served) as client:
        yield client


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("No job failed lately. The newest fix is", id="no problem"),
        pytest.param("and no source is set that would bring newer ones. 1 warning about the data was", id="to say"),
        pytest.param("Fewer of late: ", id="a lasting fall"),
        pytest.param("Positions 69,987 on 209 days", id="positions"),
        pytest.param("Newest fix 2020-10-07 12:39", id="newest fix"),
        pytest.param("Alerts 46 open", id="alerts"),
        pytest.param("Waiting nothing", id="backlog"),
        pytest.param("Scheduler not running", id="scheduler"),
        pytest.param("No source is set", id="sources"),
        pytest.param("load done", id="runs"),
        pytest.param("outage 18 Aug 2020 02:00 – 18 Aug 2020 04:00 UTC (2 h): 4 ships an hour", id="warnings"),
        pytest.param("1 file: 70,053 rows = 69,987 positions + 51 duplicates + 15 rejects", id="sums of loads"),
        pytest.param(
            "no position: latitude or longitude is missing or the value for 'not available' (91, 181) 7", id="rejects"
        ),
        pytest.param("line 39902 219990112,2020-06-10T00:00:00Z,91.0,181.0", id="a refused row"),
        pytest.param("726 on the fullest day", id="positions by day"),
    ],
)
def test_health_shows(visitor: httpx.Client, words: str) -> None:
    assert words in text_of(visitor.get("/health").text)


def test_refused_rows_add_up_and_stay_text(made_served: Served) -> None:
    with visiting(made_served) as client:
        page = client.get("/health").text
    assert BROKEN not in page
    assert "<script>b" not in page
    assert html.escape(BROKEN) in page
    assert re.search(r"made.csv 4 rows .* 4 line", text_of(page))


def test_what_is_wrong_comes_first(own_served: Served) -> None:
    ws = own_served.site.ws
    with ws.engine.begin() as conn:
        run_id = runs.start_run(conn, "load", at=AT)
        runs.finish_run(conn, run_id, at=AT, status="failed", message="<b>the disk is full</b>")
        runs.start_run(conn, "monitor", at=AT)
        runs.note_health(conn, "stale", "nothing came for a day", at=AT)
    source = {"kind": "folder", "name": "shared-drive", "path": "/nowhere", "stale_after": "1h"}
    site = Site(ws, Settings.model_validate({"source": [source]}), now=lambda: AT)
    with serving(site) as served, visiting(served) as client:
        page = client.get("/health").text
    told = text_of(page)
    assert told.index("source shared-drive: it has brought no fix yet") < told.index("Positions 69,987")
    assert "the last run 'load' failed: <b>the disk is full</b>" in told
    assert "monitor cut off the next run goes on from there" in told
    assert page.count('<tr class="failed">') == 2
    assert "stale nothing came for a day" in told


def test_an_empty_folder_says_how_to_begin(empty: httpx.Client) -> None:
    told = text_of(empty.get("/health").text)
    for words in ("Nothing is wrong.", "none yet; load a file with", "No positions yet.", "Files read 0 files"):
        assert words in told
    assert empty.get("/health/coverage.png").status_code == 400
    assert "there are no positions yet" in empty.get("/health/coverage").text
    assert "No alert waits for anybody." in empty.get("/vessels").text
    assert "in force" in text_of(empty.get("/rules").text)


def test_the_map_is_a_picture_that_is_kept(visitor: httpx.Client, demo_served: Served) -> None:
    first, second = (visitor.get("/health/coverage.png") for _ in range(2))
    assert (first.status_code, first.headers["content-type"]) == (200, "image/png")
    assert first.content.startswith(b"\x89PNG")
    assert first.content == second.content
    window = (None, None, None)
    assert demo_served.site.coverage.of(window) is demo_served.site.coverage.of(window)


def test_coverage_of_a_window_has_figures(visitor: httpx.Client) -> None:
    page = visitor.get("/health/coverage?from=2020-05-05&to=2020-06-20").text
    told = text_of(page)
    assert "Window 2020-05-05 00:00 – 2020-06-20 00:00 UTC" in told
    assert "Hours 1,104 in 1,104 a ship was heard" in told
    assert "2020-06-06 00:00 7 17 41% 4" in told
    assert "None in this window." in told
    (picture,) = re.findall(r'src="(/health/coverage.png[^"]*)"', page)
    assert visitor.get(html.unescape(picture)).content != visitor.get("/health/coverage.png").content
    assert re.search(r'alt="Map from 2020-05-05 00:00 to 2020-06-20 00:00 UTC: \d+ cells', page)


def test_coverage_tells_outages_and_one_hour_of_the_day(visitor: httpx.Client) -> None:
    told = text_of(visitor.get("/health/coverage?from=2020-08-16&to=2020-08-19&hour=2").text)
    assert "18 Aug 2020 02:00 – 18 Aug 2020 04:00 UTC (2 h)" in told
    assert "Hours 3 " in told


@pytest.mark.parametrize(
    ("query", "words"),
    [
        pytest.param("hour=24", "'24' is no hour of the day; give 0 to 23", id="hour"),
        pytest.param("hour=-1", "is no hour of the day", id="negative hour"),
        pytest.param("from=soon", "From 'soon' is no moment", id="no moment"),
        pytest.param("from=2020-08-20&to=2020-08-15", "is not before To", id="backwards"),
        pytest.param("from=<script>", "From '<script>' is no moment", id="hostile"),
    ],
)
def test_a_window_that_is_none_is_told(visitor: httpx.Client, query: str, words: str) -> None:
    for path in ("/health/coverage", "/health/coverage.png"):
        answer = visitor.get(f"{path}?{query}")
        assert answer.status_code == 400
        assert words in text_of(answer.text)


def test_bars_of_days_fill_the_width() -> None:
    begin = datetime(2020, 1, 1, tzinfo=UTC)

    def piece(day: int, hour: int, positions: int) -> Slice:
        start_at = begin + timedelta(days=day, hours=hour)
        return Slice(start_at, start_at + timedelta(hours=1), positions, False, None, None)

    bars = day_bars([piece(0, 0, 10), piece(0, 1, 30), piece(2, 0, 20), piece(9, 0, 0)])
    assert [(bar.day, bar.positions, bar.height_percent) for bar in bars] == [
        (date(2020, 1, 1), 40, 100),
        (date(2020, 1, 2), 0, 0),
        (date(2020, 1, 3), 20, 50),
    ]
    assert bars[-1].x_percent + bars[-1].width_percent <= 100
    assert len(day_bars([piece(0, 0, 1), piece(400, 0, 1)])) == 120


@pytest.mark.parametrize(
    ("late", "words"),
    [
        pytest.param(
            20, "Fewer of late: 20 positions a day in the last 7 days of data, 100 in the 20 before.", id="fell"
        ),
        pytest.param(60, "", id="less than by half"),
    ],
)
def test_a_lasting_fall_is_told(late: int, words: str) -> None:
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    days = [begin + timedelta(days=k) for k in range(27)]
    counts = [100] * 20 + [late] * 7
    pieces = [Slice(at, at + timedelta(days=1), n, False, None, None) for at, n in zip(days, counts, strict=True)]
    assert lasting_fall(pieces) == words


def test_nothing_is_green_where_data_is_old(visitor: httpx.Client) -> None:
    assert 'class="told"' not in visitor.get("/health").text
