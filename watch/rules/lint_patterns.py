"""Whether patterns hold together: kinds of events, their fields, the zones that are meant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from watch.rules.conditions import ANY, NONE, Condition, parse_condition
from watch.rules.fields import FIELD_NAMES, KINDS, Field, field_of, fields_of
from watch.rules.findings import Finding, meant, unknown
from watch.rules.layout import MEETINGS
from watch.rules.names import Names
from watch.rules.pattern import Choice, Pattern, ZoneFilter
from watch.rules.yamlfile import Path

#: Fields that hold names of vessel lists.
LIST_FIELDS = frozenset({"lists", "other_lists"})
#: More than any rule needs; each costs a look at all zones.
MOST_ALTERNATIVES = 50
_ZONE_WORDS = {"id": "zone", "country": "country of a zone", "kind": "kind of zone"}


def choice_faults(choice: Choice, place: Path, names: Names) -> Iterator[Finding]:
    """Yield what is wrong with a choice that must have criteria."""
    if not choice.patterns:
        yield place, "has no criteria: it needs 'event' or 'any_of'"
    yield from find_pattern_faults(choice, names, place)


def find_pattern_faults(choice: Choice, names: Names, place: Path = ()) -> Iterator[Finding]:
    """Yield what is wrong with a choice, which may lack the kind of event, as that of a macro may."""
    if choice.any_of and (choice.event or choice.zone or choice.where or choice.other_had):
        yield place, "has 'any_of' beside 'event', 'zone', 'where' or 'other_had'; put these inside each alternative"
    elif choice.any_of:
        for i, pattern in enumerate(choice.any_of):
            yield from _pattern(pattern, (*place, "any_of", i), names)
    elif choice.event:
        yield from _pattern(choice.patterns[0], place, names)
    else:
        yield from _zone_and_where(choice, [], place, names)


def _pattern(pattern: Pattern, place: Path, names: Names) -> Iterator[Finding]:
    kinds = [kind for kind in pattern.event if kind in KINDS]
    if not pattern.event:
        yield (*place, "event"), "names no kind of event"
    yield from unknown(pattern.event, KINDS, (*place, "event"), "kind of event")
    yield from _zone_and_where(pattern, [fields_of(kind) for kind in kinds], place, names)
    if pattern.other_had:
        if not MEETINGS.issuperset(kinds):
            yield (*place, "other_had"), "is asked of the other ship of a meeting: write 'event: encounter'"
        had = Pattern(event=pattern.other_had.event, zone=pattern.other_had.zone, where=pattern.other_had.where)
        yield from _pattern(had, (*place, "other_had"), names)


def _zone_and_where(
    pattern: Pattern | Choice, fields: list[dict[str, Field]], place: Path, names: Names
) -> Iterator[Finding]:
    if pattern.zone is not None:
        yield from _zone(pattern.zone, (*place, "zone"), names)
    yield from where_faults(pattern.where, fields, (*place, "where"), names)


def _zone(zone: ZoneFilter, place: Path, names: Names) -> Iterator[Finding]:
    asked = {key: getattr(zone, key) for key in ("id", "country", "kind") if getattr(zone, key) is not None}
    is_good = True
    for finding in _zone_words(zone, asked, place, names):
        is_good = False
        yield finding
    if is_good and not names.fits_a_zone(zone):
        words = " and ".join(f"{key} {'/'.join(words)}" for key, words in asked.items())
        yield place, f"no zone fits{f': none has {words}' if words else ''}; `shipwatch zones list` shows what there is"


def _zone_words(zone: ZoneFilter, asked: Mapping[str, tuple[str, ...]], place: Path, names: Names) -> Iterator[Finding]:
    if not asked and not zone.any_of:
        yield place, "names nothing: it needs 'id', 'country', 'kind' or 'any_of'"
    if len(zone.any_of) > MOST_ALTERNATIVES:
        yield (*place, "any_of"), f"has {len(zone.any_of)} alternatives; {MOST_ALTERNATIVES} are the most"
        return
    known = {"id": names.zones, "country": names.countries, "kind": names.zone_kinds}
    for key, words in asked.items():
        if not words:
            yield (*place, key), "names nothing: the list is empty"
        elif key == "country" and (spelt := [word for word in words if word.upper() in names.country_codes]):
            codes = ", ".join(f"{word[:40]} is {names.country_codes[word.upper()]}" for word in spelt)
            yield (*place, key), f"a country is written as its two-letter ISO code: {codes}"
        elif names.zones:
            yield from unknown(words, known[key], (*place, key), _ZONE_WORDS[key])
    for i, other in enumerate(zone.any_of):
        yield from _zone(other, (*place, "any_of", i), names)


def where_faults(
    where: Mapping[str, object], kinds: list[dict[str, Field]], place: Path, names: Names
) -> Iterator[Finding]:
    """Yield what is wrong with conditions on fields that every one of some kinds must have."""
    common = set.intersection(*(set(fields) for fields in kinds)) if kinds else set()
    for name, raw in where.items():
        spec = field_of(name)
        if spec is None or (kinds and name not in common):
            lacks = "is not known for every kind named here" if spec else "is no field of an event"
            yield (*place, name), f"'{name[:60]}' {lacks}{meant(name, (common or FIELD_NAMES) - {name})}"
            continue
        try:
            condition = parse_condition(name, spec, raw)
        except ValueError as error:
            yield (*place, name), str(error)
        else:
            yield from _unknown_lists(condition, (*place, name), names)


def _unknown_lists(condition: Condition, place: Path, names: Names) -> Iterator[Finding]:
    if condition.field in LIST_FIELDS:
        words = [str(term.value) for terms in condition.alternatives for term in terms]
        for _, reason in list_faults(words, place, names, {ANY, NONE}):
            yield place, reason
        asked = names.broken_lists if {ANY, NONE} & set(words) else names.broken_lists & set(words)
        for name in sorted(asked):
            yield place, f"asks the list {name}, which is not whole; mend it first: till then the rule's alerts stay"


def list_faults(words: Iterable[str], place: Path, names: Names, also: Iterable[str] = ()) -> Iterator[Finding]:
    """Yield a finding for every word that names no vessel list."""
    if names.vessel_lists is not None:
        yield from unknown(words, names.vessel_lists.union(also), place, "vessel list")
