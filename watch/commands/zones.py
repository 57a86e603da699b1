"""`shipwatch zones`: list, check and show geofences, waters and world ports."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from watch.commands.context import examples, print_json, print_table, say

if TYPE_CHECKING:
    from watch.zones.geofences import Zone, Zones

app = typer.Typer(help="List, check and show the zones.", no_args_is_help=True)

_NEIGHBOURS_MAX = 8
_NEIGHBOUR_NM = 50.0


@app.command(
    name="list",
    epilog=examples("shipwatch zones list --country IR", "shipwatch zones list --kind sts_anchorage --json"),
)
def list_zones(
    country: Annotated[str | None, typer.Option(help="Only zones of this ISO country, as IR.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only zones of this kind, or a word of it, as load.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the zones, the most specific first; world ports only when their kind or a country is asked for."""
    from watch.errors import ConfigError
    from watch.rules.zones import kind_words
    from watch.zones.kinds import RANKS
    from watch.zones.reading import like

    words = {word for known in RANKS for word in kind_words(known)}
    if kind is not None and kind not in words:
        raise ConfigError(f"there is no kind '{kind}'{like(kind, tuple(sorted(words)))}")
    zones = _load()
    wanted = [zones.get(zone_id) for zone_id in zones.table["zone_id"]]
    if country or kind in kind_words("world_port"):
        wanted += [zones.get(i) for i in zones.ports.loc[zones.ports["kind"] == "world_port", "zone_id"]]
    chosen = [
        zone
        for zone in wanted
        if kind in (None, *kind_words(zone.kind)) and (not country or country.upper() in zone.country.split("/"))
    ]
    if as_json:
        print_json(_facts(zone) for zone in chosen)
        return
    print_table("", ["id", "name", "country", "kind"], ([*z.public().values()] for z in chosen))
    say(f"{len(chosen)} zones")


@app.command(epilog=examples("shipwatch zones check", "shipwatch zones check my-zones.geojson"))
def check(
    paths: Annotated[list[Path] | None, typer.Argument(help="GeoJSON files or folders (default: all).")] = None,
) -> None:
    """Report every fault of the geofence files with file, line and key; exit 2 when there is one."""
    from watch.errors import ConfigError, ZoneError
    from watch.paths import bundled
    from watch.zones.geofences import read_zone_files

    given = paths or [bundled("rules") / "geofences"]
    missing = [path for path in given if not path.exists()]
    if missing:
        raise ConfigError("\n".join(f"{path}: does not exist; name a GeoJSON file or a folder" for path in missing))
    files = [file for path in given for file in (sorted(path.glob("*.geojson")) if path.is_dir() else [path])]
    if not files:
        raise ConfigError("\n".join(f"{path}: holds no *.geojson file" for path in given))
    features, faults = read_zone_files(files)
    if faults:
        raise ZoneError(faults)
    typer.echo(f"{len(features)} zones in {len(files)} files, no faults")


@app.command(epilog=examples("shipwatch zones show ir_kharg", "shipwatch zones show ir_kharg --map kharg.png"))
def show(
    zone_id: Annotated[str, typer.Argument(metavar="ID", help="As `zones list` names it.")],
    map_file: Annotated[Path | None, typer.Option("--map", help="Draw it and its surroundings to this PNG.")] = None,
) -> None:
    """Show one zone: its facts, the zones it overlaps, the nearest others."""
    from watch.errors import ConfigError
    from watch.zones.reading import like

    zones = _load()
    if zone_id not in zones.by_id:
        raise ConfigError(f"there is no zone '{zone_id}'{like(zone_id, tuple(zones.by_id), listed=False)}")
    zone = zones.get(zone_id)
    print_table("", ["", ""], [[key, str(value)] for key, value in _facts(zone).items() if value not in ("", None)])
    print_table("\nOverlaps and neighbours", ["id", "name", "kind", "how near"], _around(zones, zone))
    if map_file:
        from watch.maps import draw_zones_map

        draw_zones_map(zones, map_file, focus=zone_id)
        say(f"map: {map_file}")


def _load() -> Zones:
    from watch.zones.geofences import load_zones

    return load_zones()


def _facts(zone: Zone) -> dict[str, Any]:
    times = {key: getattr(zone, key) for key in ("valid_from", "valid_to")}
    return {
        **zone.public(),
        **{key: at.isoformat().replace("+00:00", "Z") if at else None for key, at in times.items()},
        "min_dwell_h": zone.min_dwell_h,
        "source": zone.source,
        "note": zone.note,
    }


def _around(zones: Zones, zone: Zone) -> Iterable[list[str]]:
    from watch.zones.neighbours import find_neighbours

    found = find_neighbours(zones, zone.zone_id, within_nm=_NEIGHBOUR_NM)
    for other_id, gap_nm in found[:_NEIGHBOURS_MAX]:
        other = zones.get(other_id)
        yield [other_id, other.name, other.kind, "overlaps" if gap_nm == 0 else f"{gap_nm:.0f} nm"]
    if len(found) > _NEIGHBOURS_MAX:
        yield ["…", f"{len(found) - _NEIGHBOURS_MAX} more within {_NEIGHBOUR_NM:.0f} nm", "", ""]
