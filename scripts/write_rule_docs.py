"""Write the tables of `docs/rules/reference.md` anew, from the models, the rules and the files beside them.

Run as `make rule-docs`, or `.venv/bin/python -m scripts.write_rule_docs`. What stands between `<!-- table: NAME -->`
and `<!-- end -->` is made here; the text around it is written by hand.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

from scripts.rule_language import BLOCKS, keys_table, kinds_tables, placeholders_table, ship_fields_table, table
from watch.paths import bundled
from watch.rules.loader import RuleSet, load_rules
from watch.rules.measures import load_measures, load_red_flags
from watch.rules.model import Rule
from watch.rules.shared import FOLDER
from watch.rules.yamlfile import read_yaml
from watch.rules.zones import WIDE_KINDS, kind_words
from watch.zones.geofences import load_zones
from watch.zones.kinds import RANKS

OUT = Path(__file__).resolve().parents[1] / "docs" / "rules" / "reference.md"
_FEW = 12  # values of a list that are written out
_TABLE = re.compile(r"(<!-- table: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(text: str) -> str:
    """Return the reference with its tables made anew."""
    return _TABLE.sub(lambda found: f"{found[1]}\n{_made(found[2])}\n\n{found[3]}", text)


def _made(name: str) -> str:
    if name not in TABLES:
        raise ValueError(f"there is no table '{name}'; there are {', '.join(TABLES)}")
    return TABLES[name]()


def zone_kinds() -> str:
    """Return the kinds of zones with an example of each."""
    zones = list(load_zones().by_id.values())
    counts, first = Counter(zone.kind for zone in zones), {zone.kind: zone.zone_id for zone in reversed(zones)}
    rows = (
        (
            f"`{kind}`",
            f"{counts[kind]:,}",
            ", ".join(f"`{word}`" for word in sorted(kind_words(kind) - {kind})),
            f"`{first[kind]}`",
            "asked by `kind` or `id` only" if kind in WIDE_KINDS else "",
        )
        for kind in RANKS
    )
    return table(("kind", "zones", "also found by", "for example", ""), rows)


def _shared(what: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    for file in sorted((bundled("rules") / FOLDER).glob("*.yaml")):
        for name, spec in read_yaml(file).value.get(what, {}).items():
            yield name, spec, file.name


def shared_lists() -> str:
    """Return the lists that rules name as `$name`."""
    rows = (
        (f"`${n}`", _upper(spec["what"]), _values(spec["values"]), spec["source"]) for n, spec, _ in _shared("lists")
    )
    return table(("list", "what", "values", "source"), rows)


def _values(values: list[Any]) -> str:
    return ", ".join(f"`{value}`" for value in values) if len(values) <= _FEW else f"{len(values)} values"


def macros() -> str:
    """Return the macros that patterns take over with `use: name`."""
    rows = ((f"`{name}`", _upper(spec["what"]), f"`rules/{FOLDER}/{file}`") for name, spec, file in _shared("macros"))
    return table(("macro", "finds", "stands in"), rows)


def _upper(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}"


def vessel_lists(rules: RuleSet) -> str:
    """Return the vessel lists with how many ships each holds."""
    rows = []
    for name in sorted(rules.lists.names):
        own = rules.lists.entries.query("list_name == @name")
        days = own["listed_at"].dt.strftime("%Y-%m-%d")
        rows.append((f"`{name}`", len(own), days.min(), days.max(), int(own["delisted_at"].notna().sum())))
    return table(("list", "entries", "listed first on", "last on", "taken off since"), rows)


def library(rules: RuleSet) -> str:
    """Return the rules that travel with Shipwatch, family by family."""
    families: dict[str, list[Rule]] = {}
    for rule in rules.rules:
        families.setdefault(Path(rules.files[rule.id]).parent.name, []).append(rule)
    return "\n\n".join(
        f"**{family}**\n\n" + table(("rule", "level", "finds", "red flags"), (_row(rule, family) for rule in members))
        for family, members in sorted(families.items())
    )


def _row(rule: Rule, family: str) -> tuple[str, str, str, str]:
    early = rule.match.sequence.early if rule.match.sequence else None
    level = f"{rule.level} (early: {early.level})" if early else rule.level
    return f"[`{rule.id}`](../../rules/{family}/{rule.id}.yaml)", level, rule.title, ", ".join(rule.red_flags)


def measures(rules: RuleSet) -> str:
    """Return the legal measures: who, what, from when until when."""
    used = Counter(name for rule in rules.rules for name in rule.measures)
    rows = (
        (
            f"`{m.measure_id}`",
            m.authority,
            ", ".join(m.parties),
            m.what,
            f"{m.start_at:%Y-%m-%d}",
            f"{m.end_at:%Y-%m-%d}" if m.end_at is not None else "",
            f"**disputed**: {m.claim}" if m.disputed else "",
            used[m.measure_id] or "",
        )
        for m in load_measures().values()
    )
    return table(("measure", "authority", "about", "what", "from", "until", "", "rules"), rows)


def red_flags(rules: RuleSet) -> str:
    """Return the official red flags and how many rules look for each."""
    used = Counter(code for rule in rules.rules for code in rule.red_flags)
    rows = ((f"`{code}`", text, used[code] or "none") for code, text in load_red_flags().items())
    return table(("code", "red flag", "rules"), rows)


def _with_rules(make: Callable[[RuleSet], str]) -> str:
    return make(_rules())


@cache
def _rules() -> RuleSet:
    return load_rules()


TABLES: dict[str, Callable[[], str]] = {
    **{name: partial(keys_table, name) for name in BLOCKS},
    "ship-fields": ship_fields_table,
    "kinds": kinds_tables,
    "zone-kinds": zone_kinds,
    "placeholders": placeholders_table,
    "shared-lists": shared_lists,
    "macros": macros,
    **{
        name: partial(_with_rules, make)
        for name, make in {
            "vessel-lists": vessel_lists,
            "library": library,
            "measures": measures,
            "red-flags": red_flags,
        }.items()
    },
}


if __name__ == "__main__":
    OUT.write_text(filled(OUT.read_text(encoding="utf-8")), encoding="utf-8")
    print(OUT.relative_to(Path.cwd()) if OUT.is_relative_to(Path.cwd()) else OUT)
