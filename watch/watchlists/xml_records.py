"""Records of a large XML file, one after the other, without the whole in memory; entities and DTDs are refused."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator
from typing import Any

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from watch.errors import HostileInputError, InputError

Element = Any  # xml.etree's, which defusedxml gives without types
_DEPTH_MAX = 40


def records(data: bytes, names: Collection[str]) -> Iterator[tuple[str, Element]]:
    """Yield the local name and the element of each record of an XML file, in order, tags without their namespace.

    Parameters
    ----------
    data
        The file.
    names
        What is a record; one inside another comes only as a part of that.

    Raises
    ------
    HostileInputError
        The file declares entities or a DTD, or is nested deeper than any list.
    InputError
        It is no XML, or ends too soon.
    """
    open_tags: list[Element] = []
    inside = 0
    try:
        for event, element in iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=True):
            if event == "start":
                element.tag = local(element.tag)
                open_tags.append(element)
                inside += element.tag in names
                if len(open_tags) > _DEPTH_MAX:
                    raise HostileInputError(f"is nested deeper than {_DEPTH_MAX} levels, which no list is")
                continue
            open_tags.pop()
            record = element.tag in names
            inside -= record
            if record and not inside:
                yield element.tag, element
            if not inside and open_tags:
                open_tags[-1].remove(element)
    except DefusedXmlException as error:
        raise HostileInputError("declares entities or a DTD, which no list does") from error
    except (ParseError, ValueError, LookupError) as error:
        raise InputError(f"is no whole XML: {error}; fetch it again") from error


def root_of(data: bytes) -> tuple[str, dict[str, str]]:
    """Return the local name and the attributes of the outermost element; ("", {}) when there is none."""
    try:
        for _, element in iterparse(io.BytesIO(data[: 1 << 16]), events=("start",), forbid_dtd=True):
            return local(element.tag), dict(element.attrib)
    except DefusedXmlException as error:
        raise HostileInputError("declares entities or a DTD, which no list does") from error
    except (ParseError, ValueError, LookupError):
        pass
    return "", {}


def local(tag: str) -> str:
    """Return a tag without its namespace.

    Examples
    --------
    >>> local("{https://example.org/ns}Sanctions"), local("Sanctions")
    ('Sanctions', 'Sanctions')
    """
    return tag.rpartition("}")[2]


def text_at(element: Element, path: str) -> str:
    """Return the text at a path below an element, "" where there is none."""
    return str(element.findtext(path) or "").strip()


def all_text(element: Element) -> str:
    """Return all text inside an element."""
    return "".join(element.itertext()).strip()
