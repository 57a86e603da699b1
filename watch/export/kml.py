"""Alerts as KML for Google Earth: a folder an alert, a placemark a step with its time, and a line between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from watch.export.rows import alert_row, step_row
from watch.export.ways import Point, alert_way, step_points
from watch.wording import clean

_NAMESPACE = "http://www.opengis.net/kml/2.2"
#: Lines by level as KML writes colours: opacity, blue, green, red. Own: from red over yellow to grey.
_COLOURS = {"critical": "ff2d1ecc", "high": "ff1c6fe6", "medium": "ff1fb4e6", "low": "ffb08a3c"}
_GREY = "ff888888"
#: Earth reads names and descriptions as HTML, escaped or not, and `$[…]` as the name of a field.
_HARMLESS = str.maketrans({"<": "‹", ">": "›", "$": "＄"})


def to_kml(alerts: Sequence[dict[str, Any]]) -> str:
    """Return alerts as a KML 2.2 document; what a name or text of theirs holds is shown, never run."""
    root = ElementTree.Element("kml", xmlns=_NAMESPACE)
    document = _add(root, "Document")
    _add(document, "name", "Shipwatch alerts")
    for level in (*_COLOURS, "informational"):
        line = _add(_add(document, "Style", id=level), "LineStyle")
        _add(line, "color", _COLOURS.get(level, _GREY))
        _add(line, "width", "2")
    for alert in alerts:
        _add_alert(document, alert)
    ElementTree.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _add_alert(document: ElementTree.Element, alert: dict[str, Any]) -> None:
    row = alert_row(alert)
    folder = _add(document, "Folder")
    _add(folder, "name", f"{row['level']}: {row['ship'] or row['vessel_id']}")
    way = _placemark(folder, row["title"] or row["rule_id"], row["summary"], row["started_at"], row["ended_at"])
    _add(way, "styleUrl", f"#{row['level']}" if row["level"] in _COLOURS else "#informational")
    _add_data(way, row)
    _add_lines(way, alert_way(alert["steps"]))
    for step in alert["steps"]:
        _add_step(folder, step)


def _add_lines(placemark: ElementTree.Element, lines: Sequence[Sequence[Point]]) -> None:
    several = _add(placemark, "MultiGeometry") if lines else placemark
    for line in lines:
        drawn = _add(several, "LineString")
        _add(drawn, "tessellate", "1")
        _add(drawn, "coordinates", _coordinates(line))


def _add_step(folder: ElementTree.Element, step: dict[str, Any]) -> None:
    row, points = step_row(step), step_points(step)
    where = f" {row['zone']}" if row["zone"] else ""
    placemark = _placemark(folder, f"{row['what']}{where}", row["seen"], row["start_at"], row["end_at"])
    _add_data(placemark, {name: row[name] for name in ("step", "kind", "zone_id", "mmsi", "other_mmsi")})
    if points:
        _add(_add(placemark, "Point"), "coordinates", _coordinates(points[:1]))


def _placemark(
    folder: ElementTree.Element, name: str, text: str | None, begin: str | None, end: str | None
) -> ElementTree.Element:
    placemark = _add(folder, "Placemark")
    _add(placemark, "name", name)
    if text:
        _add(placemark, "description", text)
    span = _add(placemark, "TimeSpan")
    for tag, moment in (("begin", begin), ("end", end)):
        if moment:
            _add(span, tag, moment)
    return placemark


def _add_data(placemark: ElementTree.Element, values: dict[str, Any]) -> None:
    data = _add(placemark, "ExtendedData")
    for name, value in values.items():
        if value is not None:
            _add(_add(data, "Data", name=name), "value", str(value))


def _coordinates(points: Sequence[Point]) -> str:
    return " ".join(f"{lon},{lat},0" for lon, lat in points)


def _add(parent: ElementTree.Element, tag: str, text: str | None = None, **attributes: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, tag, attributes)
    if text is not None:
        child.text = clean(text).translate(_HARMLESS)
    return child
