"""How a try to deliver a message ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from watch.wording import clean

_SAID_MAX = 300  # own: what a server says beyond that helps nobody

Kind = Literal["sent", "deferred", "refused", "cut off"]


@dataclass(frozen=True)
class Outcome:
    """How a try ended.

    Attributes
    ----------
    kind
        `sent`: taken over by the other side. `deferred`: not now, it may be later. `refused`: no, and asking again
        will hardly help. `cut off`: the connection ended after the message was given and before it was answered, so
        that nobody knows.
    message
        Why, for people; never with a secret.
    left
        Addresses of a mail that have not taken it.
    """

    kind: Kind
    message: str = ""
    left: tuple[str, ...] = ()


def said(answer: object) -> str:
    r"""Return what the other side said as one short line of clean text.

    Examples
    --------
    >>> said(b"5.1.1 no such\r\nuser")
    '5.1.1 no such user'
    """
    return clean(answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer)[:_SAID_MAX]
