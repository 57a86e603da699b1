"""The definitions of docs/rules.md written down naively: every combination of events is tried."""

from __future__ import annotations

from functools import partial
from itertools import product

from watch.rules.sequence import Found, Timeline


def chains(line: Timeline, upto: int, after_us: int) -> list[tuple[int, ...]]:
    """Return every valid chain over the required steps 0…upto that begins after `after_us`."""
    found = []
    for rows in product(*(map(int, step) for step in line.steps[: upto + 1])):
        at = [int(line.start_us[row]) for row in rows]
        if len(set(rows)) < len(rows) or at != sorted(at) or at[0] <= after_us or at[-1] - at[0] > line.within_us:
            continue
        spans = [(a, rows[a.first], rows[a.last]) for a in line.absent if a.last <= upto]
        if any(forbidden(line, a.rows, at_first, at_last, rows) for a, at_first, at_last in spans):
            continue
        if upto == len(line.steps) - 1 and line.any_of is not None and not set(rows) & line.any_of:
            continue
        found.append(rows)
    return found


def forbidden(line: Timeline, rows, first: int, last: int, chain: tuple[int, ...]) -> bool:
    low, high = line.start_us[first], line.start_us[last]
    return any(low < line.start_us[row] < high for row in rows if int(row) not in chain)


def preference(line: Timeline, rows: tuple[int, ...]) -> tuple[object, ...]:
    return rows[-1], line.rank.get(rows[0], 0), -rows[0], rows[1:-1]


def slow_sequences(line: Timeline, as_of_us: int) -> list[Found]:
    found, after_us = [], -(2**63)
    while True:
        whole = min(chains(line, len(line.steps) - 1, after_us), key=partial(preference, line), default=None)
        until_us = int(line.start_us[whole[-1]]) if whole else 2**63 - 1
        if line.early is None and whole:
            found.append(Found(whole, "match", whole[0], _until(line, whole), after_us))
        elif line.early is not None:
            found += _early(line, whole, after_us, until_us, as_of_us)
        if whole is None:
            return found
        after_us = until_us


def _until(line: Timeline, chain: tuple[int, ...]) -> int:
    return int(line.start_us[chain[0]]) + line.within_us


def _early(line: Timeline, whole, after_us: int, until_us: int, as_of_us: int) -> list[Found]:
    by_end: dict[int, tuple[int, ...]] = {}
    for chain in sorted(chains(line, line.early, after_us), key=partial(preference, line)):
        if line.start_us[chain[-1]] <= until_us:
            by_end.setdefault(chain[-1], chain)
    groups: list[list[tuple[int, ...]]] = []
    for end in sorted(by_end):
        if groups and line.start_us[end] <= max(_until(line, c) for c in groups[-1]):
            groups[-1].append(by_end[end])
        else:
            groups.append([by_end[end]])
    found = []
    for group in groups:
        anchor = group[0][0]
        if whole and whole[line.early] in [c[-1] for c in group]:
            found.append(Found(whole, "match", anchor, _until(line, whole), after_us))
            continue
        alive = [c for c in group if as_of_us <= _until(line, c) and not _barred(line, c, as_of_us)]
        shown = (alive or group)[-1]
        found.append(Found(shown, "early" if alive else "lapsed", anchor, _until(line, shown), after_us))
    return found


def _barred(line: Timeline, chain: tuple[int, ...], as_of_us: int) -> bool:
    return any(
        line.start_us[chain[a.first]] < line.start_us[row] <= as_of_us
        for a in line.absent
        if a.first < len(chain) <= a.last
        for row in a.rows
        if int(row) not in chain
    )
