"""What an address of the API may ask: named parameters, each of a kind, read with care and described to programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from starlette.datastructures import QueryParams

from watch.errors import ConfigError
from watch.moments import moment
from watch.wording import clean

_TEXT_MAX = 200  # own: longer than any name
_YES = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}

Asked = Mapping[str, Any]


@dataclass(frozen=True)
class Parameter:
    """Something that may be asked.

    Attributes
    ----------
    name, about
        As the address has it, and what it asks.
    kind
        `text`; `whole`, a number from `least` to `most`; `moment`, UTC; `word`, one of `known`; `yes`, 1 or 0.
    many
        Whether it may be given several times.
    default
        What it is where it is not given.
    """

    name: str
    about: str
    kind: Literal["text", "whole", "moment", "word", "yes"] = "text"
    known: tuple[str, ...] = ()
    least: int = 0
    most: int = 999_999_999
    many: bool = False
    required: bool = False
    default: Any = None

    def schema(self) -> dict[str, Any]:
        """Return its JSON schema."""
        shapes: dict[str, dict[str, Any]] = {
            "text": {"type": "string", "maxLength": _TEXT_MAX},
            "whole": {"type": "integer", "minimum": self.least, "maximum": self.most},
            "moment": {"type": "string", "format": "date-time"},
            "word": {"type": "string", "enum": list(self.known)},
            "yes": {"type": "boolean"},
        }
        shape = dict(shapes[self.kind])
        if self.default is not None:
            shape["default"] = self.default
        return {"type": "array", "items": shape} if self.many else shape


def read_query(parameters: Iterable[Parameter], query: QueryParams) -> dict[str, Any]:
    """Return what an address asks, by name.

    Raises
    ------
    ConfigError
        Something is asked that there is not, or a value is of another kind; all that is wrong is told at once.
    """
    known = {parameter.name: parameter for parameter in parameters}
    faults = list(_strangers(known, query))
    found: dict[str, Any] = {}
    for name, parameter in known.items():
        try:
            found[name] = _read(parameter, query.getlist(name))
        except ConfigError as error:
            faults.append(str(error))
    if faults:
        raise ConfigError("\n".join(faults))
    return found


def _strangers(known: Mapping[str, Parameter], query: QueryParams) -> Iterator[str]:
    for name in dict.fromkeys(query.keys()):
        if name not in known:
            there = f"there are {', '.join(known)}" if known else "there is none"
            yield f"{clean(name)[:40]!r} is no parameter here; {there}"


def _read(parameter: Parameter, given: list[str]) -> Any:
    if not given and parameter.required:
        raise ConfigError(f"{parameter.name} is missing: {parameter.about}")
    if parameter.many:
        return tuple(dict.fromkeys(_value(parameter, text) for text in given))
    if len(given) > 1:
        raise ConfigError(f"{parameter.name} is given {len(given)} times; once is enough")
    return _value(parameter, given[0]) if given else parameter.default


def _value(parameter: Parameter, text: str) -> Any:
    name, shown = parameter.name, repr(clean(text)[:40])
    if parameter.kind == "whole":
        plain = text.isascii() and text.isdecimal() and len(text) <= len(str(parameter.most))
        if not plain or not parameter.least <= int(text) <= parameter.most:
            raise ConfigError(f"{name} {shown} is no whole number from {parameter.least} to {parameter.most}")
        return int(text)
    if parameter.kind == "moment":
        return moment(text, name)
    if parameter.kind == "yes" and text.lower() not in _YES:
        raise ConfigError(f"{name} {shown} is neither 1 nor 0")
    if parameter.kind == "word" and text not in parameter.known:
        raise ConfigError(f"{name} {shown} is none of {', '.join(parameter.known)}")
    if not text.strip() or len(text) > _TEXT_MAX:
        raise ConfigError(f"{name} is {'empty' if not text.strip() else f'longer than {_TEXT_MAX} characters'}")
    return _YES[text.lower()] if parameter.kind == "yes" else text
