"""The life of an alert: which state follows from which, by what the rule raises and by what a person decides.

`open → acknowledged → closed(reason)`; new evidence re-opens a closed one, a graver level an acknowledged one too, and
one that its rule no longer raises is `withdrawn`. Nothing is deleted.
"""

from __future__ import annotations

from typing import NamedTuple

from watch.errors import ConfigError

STATUSES = ("open", "acknowledged", "closed", "withdrawn")
#: Of these, the states that wait for somebody, and those that wait for nobody.
STANDING, CLOSED = STATUSES[:2], STATUSES[2:]
CLOSE_REASONS = ("true_positive", "false_positive", "benign", "duplicate", "undetermined")

NOTE_MAX = 2_000  # own: a note, not a report

#: What a rule may make of an alert: raise it in other words (or as a warning that ran out: nothing was seen since), on
#: other evidence or at a graver level; or no longer.
BY_RULE = ("reworded", "evidence", "escalated", "gone")
#: What a person may do with an alert.
BY_HAND = ("ack", "close", "reopen")


class Next(NamedTuple):
    """The state that follows, and what the history calls the change."""

    status: str
    change: str


#: (state before, what happened) → what follows. A pair that is missing is refused, see `refusal`.
LIFE: dict[tuple[str | None, str], Next] = {
    **{(None, what): Next("open", "raised") for what in ("reworded", "evidence", "escalated")},
    ("open", "reworded"): Next("open", "changed"),
    ("open", "evidence"): Next("open", "changed"),
    ("open", "escalated"): Next("open", "changed"),
    ("open", "gone"): Next("withdrawn", "withdrawn"),
    ("open", "ack"): Next("acknowledged", "acknowledged"),
    ("open", "close"): Next("closed", "closed"),
    ("acknowledged", "reworded"): Next("acknowledged", "changed"),
    ("acknowledged", "evidence"): Next("acknowledged", "changed"),
    ("acknowledged", "escalated"): Next("open", "reopened"),
    ("acknowledged", "gone"): Next("withdrawn", "withdrawn"),
    ("acknowledged", "close"): Next("closed", "closed"),
    ("acknowledged", "reopen"): Next("open", "reopened"),
    ("closed", "reworded"): Next("closed", "changed"),
    ("closed", "evidence"): Next("open", "reopened"),
    ("closed", "escalated"): Next("open", "reopened"),
    ("closed", "gone"): Next("withdrawn", "withdrawn"),
    ("closed", "close"): Next("closed", "closed"),  # for another reason
    ("closed", "reopen"): Next("open", "reopened"),
    # it was told to be gone: whoever decided before looks again, even when it comes back as it was
    ("withdrawn", "reworded"): Next("open", "reopened"),
    ("withdrawn", "evidence"): Next("open", "reopened"),
    ("withdrawn", "escalated"): Next("open", "reopened"),
}

_WITHDRAWN = "is withdrawn: its rule no longer raises it, so there is nothing to decide; it opens if it is raised again"
_REFUSALS = {
    ("open", "reopen"): "is open already",
    ("acknowledged", "ack"): "is acknowledged already",
    ("closed", "ack"): "is closed; reopen it first",
}


def refusal(status: str, what: str) -> str:
    """Return why a person may not do this to an alert of this state, as the rest of a sentence; empty: they may.

    Examples
    --------
    >>> refusal("open", "ack"), refusal("acknowledged", "ack")
    ('', 'is acknowledged already')
    """
    if (status, what) in LIFE:
        return ""
    return _WITHDRAWN if status == "withdrawn" else _REFUSALS[status, what]


def note_text(note: str | None, called: str = "the note") -> str | None:
    """Return what somebody has to say about a decision as it is kept; None when there is nothing.

    Raises
    ------
    ConfigError
        It is too long.
    """
    if note is not None and len(note) > NOTE_MAX:
        raise ConfigError(f"{called} has {len(note):,} characters; at most {NOTE_MAX:,} are kept")
    return (note or "").strip() or None
