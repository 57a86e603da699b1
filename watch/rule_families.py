"""The family of a rule is the folder that its file lies in; found without reading the files."""

from __future__ import annotations

from pathlib import Path

from watch.paths import bundled

SUFFIXES = (".yaml", ".yml")


def rule_families(own_rules: Path) -> dict[str, str]:
    """Return the family of each rule by the rule's id, of those that travel with Shipwatch and those written here.

    Parameters
    ----------
    own_rules
        The folder of the rules that were written here, which need not exist.
    """
    found: dict[str, str] = {}
    for folder in (bundled("rules"), own_rules):
        files = (file.relative_to(folder) for file in sorted(folder.rglob("*")) if file.suffix in SUFFIXES)
        found |= {file.stem: file.parts[0] for file in files if len(file.parts) > 1 and file.parts[0] != "shared"}
    return found
