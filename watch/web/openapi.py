"""The description of the API for programs (OpenAPI 3.1), made from the same table that answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from watch import __version__
from watch.web.api_schemas import SCHEMAS
from watch.web.query import Asked, Parameter
from watch.web.site import Site

LIMIT = 1_000
LIMIT_MAX = 10_000

#: What every list takes.
PAGING = (
    Parameter("limit", "How many items at most; next has the address of the rest.", "whole", least=1, most=LIMIT_MAX),
    Parameter("after", "Where to go on, as next of the answer before has it."),
    Parameter("format", "One object with items and next, or all items, one a line.", "word", ("json", "jsonl")),
)
_FAULTS = {
    "400": "A parameter is wrong; error names it.",
    "401": "There are users, and nobody is logged in.",
    "403": "The page is open on this machine alone.",
    "404": "There is no such thing.",
    "429": "Too many wrong passwords; wait as long as Retry-After says.",
    "503": "The database does not answer just now.",
}


@dataclass(frozen=True)
class Endpoint:
    """An address of the API.

    Attributes
    ----------
    path, about
        Where it is, with `{names}` of what it takes in the path, and what it answers.
    answer
        Given the site and what is asked: an object, or the items or features of `form`, made as they are read.
    form
        `object`, `list` (of items, by pages) or `features` (GeoJSON).
    item
        Name of the schema of the object or of an item.
    key
        For a list, what tells an item from the others: `after` is this of the last one seen.
    """

    path: str
    about: str
    answer: Callable[[Site, Asked], Any]
    form: Literal["object", "list", "features"]
    item: str = "Feature"
    places: tuple[Parameter, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    key: Callable[[dict[str, Any]], str] = lambda item: ""

    @property
    def asked(self) -> tuple[Parameter, ...]:
        """What may stand in its query."""
        return (*self.parameters, *PAGING) if self.form == "list" else self.parameters

    @property
    def name(self) -> str:
        """What programs made from the description call it."""
        words = self.path.removeprefix("/api/").replace("{", "").replace("}", "").replace("_id", "").replace(".", "/")
        return "get_" + "_".join(words.split("/"))


def describe(endpoints: Sequence[Endpoint], *, needs_login: bool) -> dict[str, Any]:
    """Return the description of the API."""
    described: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "Shipwatch",
            "version": __version__,
            "summary": "Events, alerts, vessels and tracks, to be read.",
            "description": "Objects are those of the command line with --json. Moments are UTC, and numbers have their"
            " unit in the name.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": {endpoint.path: {"get": _operation(endpoint)} for endpoint in endpoints},
        "components": {"schemas": SCHEMAS},
    }
    if needs_login:
        described["security"] = [{"basic": []}, {"session": []}]
        described["components"]["securitySchemes"] = {
            "basic": {"type": "http", "scheme": "basic"},
            "session": {"type": "apiKey", "in": "cookie", "name": "shipwatch_session"},
        }
    return described


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    faults = {status: _fault(words) for status, words in _FAULTS.items()}
    return {
        "operationId": endpoint.name,
        "summary": endpoint.about,
        "parameters": [
            *(_parameter(place, "path") for place in endpoint.places),
            *(_parameter(parameter, "query") for parameter in endpoint.asked),
        ],
        "responses": {"200": {"description": endpoint.about, "content": _content(endpoint)}, **faults},
    }


def _parameter(parameter: Parameter, where: str) -> dict[str, Any]:
    facts = {"name": parameter.name, "in": where, "description": parameter.about, "schema": parameter.schema()}
    return {**facts, "required": where == "path" or parameter.required}


def _content(endpoint: Endpoint) -> dict[str, Any]:
    item = {"$ref": f"#/components/schemas/{endpoint.item}"}
    if endpoint.form == "object":
        return {"application/json": {"schema": item}}
    if endpoint.form == "features":
        return {"application/geo+json": {"schema": {"$ref": "#/components/schemas/FeatureCollection"}}}
    page = {
        "type": "object",
        "required": ["items", "next"],
        "properties": {"items": {"type": "array", "items": item}, "next": {"type": ["string", "null"]}},
    }
    return {"application/json": {"schema": page}, "application/x-ndjson": {"schema": item}}


def _fault(words: str) -> dict[str, Any]:
    return {"description": words, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Fault"}}}}
