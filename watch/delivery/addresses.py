"""Mail addresses: taken apart and checked before they come near a header."""

from __future__ import annotations

import re
from email.headerregistry import Address

#: RFC 5322 without quoted local parts and literals, RFC 5321's limits of length.
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_DOMAIN = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
_ADDRESS = re.compile(f"({_LOCAL})@({_DOMAIN})")
_NAMED = re.compile(r'([^<>"]*|"[^<>"]*"\s*)<([^<>]+)>')
_ADDRESS_MAX = 254
_NAME_MAX = 80  # own: what an inbox shows


def mail_address(text: str) -> Address:
    """Return a mail address written as `name@host` or `Shown Name <name@host>`.

    Raises
    ------
    ValueError
        It is none.

    Examples
    --------
    >>> str(mail_address("Shipwatch <watch@example.org>"))
    'Shipwatch <watch@example.org>'
    >>> mail_address("desk@example.org").addr_spec
    'desk@example.org'
    """
    shape = _NAMED.fullmatch(text.strip())
    name, plain = (shape[1].strip().strip('"'), shape[2]) if shape else ("", text.strip())
    found = _ADDRESS.fullmatch(plain)
    if not text.isprintable() or not found or len(plain) > _ADDRESS_MAX or len(name) > _NAME_MAX:
        shown = "".join(c if c.isprintable() else "?" for c in text[:_NAME_MAX])
        raise ValueError(
            f"{shown!r} is no mail address; write it as desk@example.org or Name <desk@example.org>, "
            "a domain of other letters as xn--…"
        )
    return Address(display_name=name, username=found[1], domain=found[2])
