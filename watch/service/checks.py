"""What of the settings only this installation can tell: that secrets are there, and zones and rules known."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel

from watch.alert_areas import known_areas
from watch.errors import ConfigError
from watch.rule_families import rule_families
from watch.secret import read_secret
from watch.settings import Settings
from watch.source_settings import Secret
from watch.workspace import Workspace


def check_settings(ws: Workspace, settings: Settings) -> None:
    """Return if work can begin with these settings.

    Raises
    ------
    ConfigError
        A secret is not there, or a recipient asks for zones, countries or rules that nobody knows; all at once.
    """
    faults = [*_missing_secrets(settings), *_unknown_names(ws, settings)]
    if faults:
        raise ConfigError("\n".join(faults))


def _missing_secrets(settings: Settings) -> Iterator[str]:
    for what, secret in _secrets(settings, ""):
        try:
            read_secret(secret, what)
        except ConfigError as error:
            yield str(error)


def _secrets(part: Any, place: str) -> Iterator[tuple[str, Secret]]:
    """Yield every secret that the settings name, with the place that names it."""
    if isinstance(part, Secret):
        yield place, part
    elif isinstance(part, tuple):
        for item in part:
            yield from _secrets(item, f"{place} {getattr(item, 'name', '')}".strip())
    elif isinstance(part, BaseModel) and getattr(part, "enabled", True):
        for name in type(part).model_fields:
            yield from _secrets(getattr(part, name), f"{place} {name}".strip())


def _unknown_names(ws: Workspace, settings: Settings) -> Iterator[str]:
    if not any(r.areas or r.families for r in settings.recipient):
        return
    areas, families = known_areas(ws.world.zones), set(rule_families(ws.own_rules).values())
    for recipient in settings.recipient:
        known = {"areas": areas, "families": families}
        for key, names in known.items():
            for name in getattr(recipient, key):
                if name not in names:
                    near = get_close_matches(name, sorted(names), n=1, cutoff=0.6)
                    meant = f"; did you mean '{near[0]}'?" if near else ""
                    what = "zone or country (two letters)" if key == "areas" else "folder of rules"
                    yield f"recipient {recipient.name}: {key}: '{name}' is no {what}{meant}"
