"""Versions of a list folded into times, whatever the order in which they come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watch.watchlists.entry import Entry
from watch.watchlists.versions import Run, midnight, put_version, shrinks_too_much, spans_of

DAY0 = date(2026, 1, 1)
Version = tuple[int, dict[str, Entry]]  # day after DAY0, entries by key


def at(day: int) -> datetime:
    return midnight(DAY0 + timedelta(days=day))


def fold(versions: Iterable[Version]) -> tuple[list[datetime], list[Run]]:
    """Return days and runs of versions brought in one after the other, as they come."""
    published: list[datetime] = []
    runs: list[Run] = []
    for day, entries in versions:
        place, replaces = sum(known < at(day) for known in published), at(day) in published
        runs = put_version(runs, place, entries.values(), replaces=replaces)
        published = sorted({*published, at(day)})
    return published, runs


def spans(versions: Iterable[Version]) -> list[tuple[str, str, str, str | None]]:
    """Return key, name, first and last day of each span that is not empty."""
    published, runs = fold(versions)
    return [
        (s.entry.key, s.entry.name, f"{s.listed_at:%m-%d}", f"{s.delisted_at:%m-%d}" if s.delisted_at else None)
        for s in spans_of(runs, published)
        if s.listed_at != s.delisted_at
    ]


def ships(*names: str, listed: date | None = None) -> dict[str, Entry]:
    return {name: Entry(name, name, listed_at=listed) for name in names}


CASES = {
    "known_from_the_first_version": ([(0, ships("A"))], [("A", "A", "01-01", None)]),
    "new_in_a_later_one": (
        [(0, ships("A")), (5, ships("A", "B"))],
        [("A", "A", "01-01", None), ("B", "B", "01-06", None)],
    ),
    "gone_in_a_later_one": (
        [(0, ships("A", "B")), (5, ships("A"))],
        [("A", "A", "01-01", None), ("B", "B", "01-01", "01-06")],
    ),
    "back_again": (
        [(0, ships("A")), (5, ships("B")), (9, ships("A", "B"))],
        [("A", "A", "01-01", "01-06"), ("A", "A", "01-10", None), ("B", "B", "01-06", None)],
    ),
    "since_the_day_that_the_list_says": (
        [(5, ships("A")), (9, ships("A") | ships("B", listed=date(2025, 12, 24)))],
        [("A", "A", "01-06", None), ("B", "B", "12-24", None)],
    ),
    "back_again_says_the_old_day": (
        [(0, ships("A", listed=date(2025, 12, 24))), (5, {}), (9, ships("A", listed=date(2025, 12, 24)))],
        [("A", "A", "12-24", "01-06"), ("A", "A", "01-10", None)],
    ),
    "the_day_is_put_right_later": (
        [(0, ships("A", listed=date(2025, 12, 24))), (5, ships("A", listed=date(2025, 12, 20)))],
        [("A", "A", "12-20", "01-06"), ("A", "A", "01-06", None)],
    ),
    "listed_from_a_day_to_come": (
        [(0, ships("A", listed=date(2026, 1, 20))), (5, ships("A", listed=date(2026, 1, 20)))],
        [("A", "A", "01-20", None)],
    ),
    "reworded": (
        [(0, ships("A")), (5, {"A": Entry("A", "A NEW")}), (9, {"A": Entry("A", "A NEW")})],
        [("A", "A", "01-01", "01-06"), ("A", "A NEW", "01-06", None)],
    ),
    "a_version_of_the_same_day_takes_its_place": (
        [(0, ships("A")), (5, ships("B")), (5, ships("A", "C"))],
        [("A", "A", "01-01", None), ("C", "C", "01-06", None)],
    ),
    "the_list_itself_says_when_it_ended": (
        [(0, {"A": Entry("A", "A", listed_at=date(2025, 12, 1), delisted_at=date(2025, 12, 9))})],
        [("A", "A", "12-01", "12-09")],
    ),
    "an_older_one_fits_in_between": (
        [(9, ships("A", "B")), (0, ships("A")), (5, ships("A", "B", "C"))],
        [("A", "A", "01-01", None), ("B", "B", "01-06", None), ("C", "C", "01-06", "01-10")],
    ),
}


@pytest.mark.parametrize("versions,expected", CASES.values(), ids=CASES)
def test_times(versions: list[Version], expected: list[tuple[str, str, str, str | None]]) -> None:
    assert spans(versions) == expected


def test_what_since_rests_on() -> None:
    entries = ships("A"), ships("A", "B") | ships("C", listed=DAY0)
    published, runs = fold([(0, entries[0]), (5, entries[1])])
    assert {s.entry.key: s.since for s in spans_of(runs, published)} == {"A": "known", "B": "version", "C": "list"}


ENTRY = st.builds(
    lambda name, day, end: Entry(
        "",
        name,
        listed_at=None if day is None else DAY0 + timedelta(days=day),
        delisted_at=None if end is None else DAY0 + timedelta(days=end),
    ),
    st.sampled_from(["ONE", "TWO"]),
    st.none() | st.integers(-20, 40),
    st.none() | st.integers(20, 40),
)
CONTENT = st.dictionaries(st.sampled_from("ABC"), ENTRY).map(
    lambda found: {
        key: Entry(key, e.name, listed_at=e.listed_at, delisted_at=e.delisted_at) for key, e in found.items()
    }
)
VERSIONS = st.dictionaries(st.integers(0, 30), CONTENT, max_size=7)


@given(VERSIONS, st.randoms(use_true_random=False))
def test_the_order_of_import_changes_nothing(versions: dict[int, dict[str, Entry]], random: object) -> None:
    in_order = sorted(versions.items())
    shuffled = list(in_order)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fold(shuffled) == fold(in_order)


@given(VERSIONS, st.data())
def test_a_version_again_changes_nothing(versions: dict[int, dict[str, Entry]], data: st.DataObject) -> None:
    once = list(versions.items())
    again = data.draw(st.lists(st.sampled_from(once))) if once else []
    assert fold([*once, *again]) == fold(once)


@given(VERSIONS)
def test_each_version_can_be_had_back(versions: dict[int, dict[str, Entry]]) -> None:
    published, runs = fold(versions.items())
    for day, entries in versions.items():
        place = published.index(at(day))
        assert {r.entry.key: r.entry for r in runs if r.first <= place < r.last} == entries


@given(VERSIONS, st.integers(0, 45))
def test_who_stands_on_a_day_equals_the_plain_definition(versions: dict[int, dict[str, Entry]], day: int) -> None:
    published, runs = fold(versions.items())
    found = {s.entry.key for s in spans_of(runs, published) if s.listed_at <= at(day) and _open(s.delisted_at, day)}
    assert found == {key for key in "ABC" if _stands(sorted(versions.items()), key, day)}


def _open(end: datetime | None, day: int) -> bool:
    return end is None or at(day) < end


def _stands(versions: list[Version], key: str, day: int) -> bool:
    """Return whether a key stands on a day, version by version."""
    gone: int | None = None  # since when it was missing, before the stretch of versions at hand
    stretch: list[int] = []
    for i in range(len(versions) + 1):
        if i < len(versions) and key in versions[i][1]:
            stretch.append(i)
            continue
        if any(_stands_in(versions, stretch, k, gone, key, day) for k in stretch):
            return True
        if stretch and i < len(versions):
            gone = versions[i][0]
        stretch = []
    return False


def _stands_in(versions: list[Version], stretch: list[int], k: int, gone: int | None, key: str, day: int) -> bool:
    """Return whether a key stands on a day by version `k` of a stretch of versions that all have it."""
    days = [versions[i][1][key].listed_at for i in stretch]
    own = [(listed - DAY0).days for listed in days if listed][-1:]
    begin = own[0] if own and (gone is None or own[0] >= gone) else versions[stretch[0]][0]
    low = begin if k == stretch[0] else max(begin, versions[k][0])
    ends = [versions[k + 1][0]] if k + 1 < len(versions) else []
    end = versions[k][1][key].delisted_at
    ends += [(end - DAY0).days] if end else []
    return low <= day and all(day < end for end in ends)


SHRUNK = {
    "nothing_before": (0, 0, ""),
    "as_it_was": (100, 100, ""),
    "one_in_ten_gone": (100, 90, ""),
    "one_more": (100, 89, "lacks 11 of 100 ships of the version before (11%; 10% may be gone)"),
    "empty": (3, 0, "lacks 3 of 3 ships of the version before (100%; 10% may be gone)"),
}


@pytest.mark.parametrize("before,after,reason", SHRUNK.values(), ids=SHRUNK)
def test_a_list_that_shrinks(before: int, after: int, reason: str) -> None:
    entries = [Entry(str(i), imo=9_000_000 + i) for i in range(before)]
    assert shrinks_too_much(entries, entries[:after], 0.1) == reason


def test_new_ships_do_not_make_up_for_lost_ones() -> None:
    before, after = ([Entry(str(i)) for i in range(start, start + 10)] for start in (0, 5))
    assert shrinks_too_much(before, after, 0.1) == "lacks 5 of 10 ships of the version before (50%; 10% may be gone)"


def test_another_form_of_the_list_with_other_keys_is_not_a_loss() -> None:
    before, after = ([Entry(f"{form}{i}", imo=9_000_000 + i) for i in range(10)] for form in "ab")
    assert shrinks_too_much(before, after, 0.1) == ""


def test_days_are_midnights_in_utc() -> None:
    assert midnight(date(2026, 1, 1)) == datetime(2026, 1, 1, tzinfo=UTC)
