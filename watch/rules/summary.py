"""The one line an alert says of itself, filled from a template.

`{vessel}`, `{flag}`, `{type}`, `{ships}` and `{step.zone}`, `{step.country}`, `{step.at}`, `{step.day}`,
`{step.hours}`, `{step.ship}`, `{step.other}` are filled; a part in square brackets is left out when something in
it was not seen:
`{vessel} left Iran[ and reached {arrive.zone}]`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

SUMMARY_FIELDS = ("zone", "country", "at", "day", "hours", "ship", "other")
VESSEL_PLACEHOLDERS = ("vessel", "flag", "type", "ships")
_PLACEHOLDER = re.compile(r"\{([^{}\[\]]{0,80})\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
UNSEEN = "not seen"


def placeholders(template: str) -> list[str]:
    """Return the names a template asks for.

    Examples
    --------
    >>> placeholders("{vessel} left {load.zone}[ on {load.day}]")
    ['vessel', 'load.zone', 'load.day']
    """
    return _PLACEHOLDER.findall(template)


def fill_summary(template: str, values: Mapping[str, str]) -> str:
    """Return the template with its values; what is not in `values` was not seen.

    Examples
    --------
    >>> fill_summary("{vessel} left Iran[ and reached {arrive.zone}]", {"vessel": "SYNTH ONE"})
    'SYNTH ONE left Iran'
    """

    def fill(text: str) -> str:
        return _PLACEHOLDER.sub(lambda found: values.get(found[1]) or UNSEEN, text)

    def optional(found: re.Match[str]) -> str:
        return found[1] if all(values.get(name) for name in placeholders(found[1])) else ""

    return fill(_OPTIONAL.sub(optional, template))
