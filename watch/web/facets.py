"""How many alerts each value of a filter would show, while the other filters stay as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from watch.alert_board import Told
from watch.alert_filter import OF_KIND, Check, Facts, Kind, Wanted, checks
from watch.alert_life import STATUSES
from watch.digest_view import LEVELS
from watch.web.asked import Asked
from watch.wording import clean

#: Field of `Wanted` → the values that alerts of a kind have for it.
_VALUES: dict[str, Callable[[Kind, Mapping[str, str]], Iterable[str]]] = {
    "statuses": lambda kind, _: (kind.status,),
    "levels": lambda kind, _: (kind.level,),
    "family": lambda kind, families: (families.get(kind.rule_id, ""),),
    "rule_id": lambda kind, _: (kind.rule_id,),
    "flag": lambda kind, _: (kind.flag,),
    "vessel_type": lambda kind, _: (kind.vessel_type,),
    "area": lambda kind, _: kind.areas,
    "silenced": lambda kind, _: ("yes" if kind.silenced else "no",),
}
_COUNTRY_CHARS = 2


@dataclass(frozen=True)
class Found:
    """What fits a view.

    Attributes
    ----------
    facts
        The alerts that are wanted, in no order.
    counts
        By field of `Wanted`, how many alerts have each value among those that fit all other filters.
    but_for
        By field of `Wanted` that asks for something, how many more alerts there would be without it.
    """

    facts: list[Facts]
    counts: dict[str, Counter[str]]
    but_for: Counter[str]


def find(told: Told, wanted: Wanted) -> Found:
    """Return the alerts that are wanted, and the counts beside the filters.

    Notes
    -----
    What alerts of a kind share is asked of one of them; a kind that fails twice counts nowhere, and is passed over.
    """
    asked = checks(wanted, told.families)
    of_kind = [(name, holds) for name, holds in asked.items() if name in OF_KIND]
    of_each = [(name, holds) for name, holds in asked.items() if name not in OF_KIND]
    fitting: list[Facts] = []
    counts: dict[str, Counter[str]] = {name: Counter() for name in _VALUES}
    but_for: Counter[str] = Counter()
    for kind, alike in told.kinds.items():
        failed = [name for name, holds in of_kind if not holds(alike[0])]
        if len(failed) > 1:
            continue
        fit, without = _split(alike, failed, of_each)
        fitting += fit
        but_for.update(without)
        for name, values in _VALUES.items():
            if count := len(fit) + without[name]:
                counts[name].update(dict.fromkeys(values(kind, told.families), count))
    return Found(fitting, counts, but_for)


def _split(
    alike: list[Facts], failed: list[str], of_each: Sequence[tuple[str, Check]]
) -> tuple[list[Facts], Counter[str]]:
    """Return which alerts of a kind fit, and how many fail one filter alone, by that filter."""
    if not of_each:
        return ([], Counter({failed[0]: len(alike)})) if failed else (alike, Counter())
    fit: list[Facts] = []
    without: Counter[str] = Counter()
    for facts in alike:
        all_failed = failed + [name for name, holds in of_each if not holds(facts)]
        if not all_failed:
            fit.append(facts)
        elif len(all_failed) == 1:
            without[all_failed[0]] += 1
    return fit, without


@dataclass(frozen=True)
class Choice:
    """One value of a filter as the page offers it."""

    value: str
    label: str
    count: int
    chosen: bool


def choices(found: Found, asked: Asked, labels: Mapping[str, Mapping[str, str]]) -> dict[str, list[Choice]]:
    """Return by filter the values that can be chosen; what is chosen is offered even when nothing fits it.

    Parameters
    ----------
    found, asked
        What fits, and what was asked.
    labels
        By filter, what its values are called.
    """
    wanted, counts = asked.wanted, found.counts
    silenced = {None: "any", False: "no", True: "yes"}[wanted.silenced]
    words = {"no": "no", "yes": "yes", "any": "either"}
    told = counts["silenced"] + Counter({"any": counts["silenced"].total()})
    return {
        "status": [Choice(v, v, counts["statuses"][v], v in wanted.statuses) for v in STATUSES],
        "level": [Choice(v, v, counts["levels"][v], v in wanted.levels) for v in LEVELS],
        "silenced": [Choice(v, words[v], told[v], v == silenced) for v in words],
        **{
            name: _sorted(counts[column], getattr(wanted, column), labels.get(name, {}))
            for name, column in _SELECTS.items()
        },
    }


_SELECTS = {"family": "family", "rule": "rule_id", "flag": "flag", "type": "vessel_type", "area": "area"}


def _sorted(counts: Counter[str], chosen: Any, labels: Mapping[str, str]) -> list[Choice]:
    known = {value: count for value, count in counts.items() if value}
    if chosen and not any(_same(chosen, value) for value in known):
        known[chosen] = 0
    offered = [Choice(v, clean(labels.get(v, v)), n, _same(chosen, v)) for v, n in known.items()]
    return sorted(offered, key=lambda choice: (len(choice.value) != _COUNTRY_CHARS, choice.label.casefold()))


def _same(chosen: Any, value: str) -> bool:
    return chosen is not None and str(chosen).casefold() == value.casefold()


def labels_of(told: Told) -> dict[str, dict[str, str]]:
    """Return by filter what its values are called in the alerts: rules by their titles, zones by their names."""
    some = [alike[0] for alike in told.kinds.values()]
    rules = {facts.alert["rule_id"]: str(facts.alert.get("title") or facts.alert["rule_id"]) for facts in some}
    zones = {zone_id: name for facts in some for zone_id, name in facts.zones.items()}
    return {"rule": rules, "area": zones}
