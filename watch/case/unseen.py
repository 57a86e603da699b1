"""What could not be observed of an alert, in the words of its steps rather than by their ids."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from watch.wording import lasting_words, moment_words

Step = Mapping[str, Any]

_SILENT = re.compile(r"(?P<hours>\d+(\.\d+)?) h from (?P<at>\d{4}-\d\d-\d\dT[0-9:]+Z)")
_HOURS = re.compile(r"\b(\d{2,6}) h\b")
_MISSING = ": not seen"
_NAMED_MAX = 3  # own: as many as a sentence bears


def unseen_words(texts: Sequence[str], story: Sequence[Step], of_rule: Mapping[str, str]) -> list[str]:
    """Return what could not be observed with each step called by what it is.

    Parameters
    ----------
    texts
        Sentences that begin with the id of a step, as an alert has them.
    story
        Its steps, as `story.tell_story` returns them.
    of_rule
        What the rule looks for by the ids of its steps.

    Examples
    --------
    >>> story = [{"id": "dark", "number": 1, "what": "No AIS heard"}]
    >>> unseen_words(["dark: no report received for 2094.7 h from 2020-07-12T06:00:00Z"], story, {})
    ['No AIS heard (step 1): no report received for 87 days from 12 Jul 2020 06:00 UTC']
    >>> unseen_words(["berth: not seen yet"], story, {"berth": "Port call in Iran"})
    ['Port call in Iran: not seen yet']
    """
    seen: dict[str, list[Step]] = {}
    for step in story:
        seen.setdefault(str(step["id"]), []).append(step)
    called = {**of_rule, **{step_id: _called(steps) for step_id, steps in seen.items()}}
    return [_SILENT.sub(_lasting, _named(text, called)) for text in texts]


def _called(steps: Sequence[Step]) -> str:
    numbers = ", ".join(str(step["number"]) for step in steps)
    return f"{steps[0]['what']} (step{'s' if len(steps) > 1 else ''} {numbers})"


def _named(text: str, called: Mapping[str, str]) -> str:
    step_id, colon, words = text.partition(": ")
    return f"{called[step_id]}: {words}" if colon and step_id in called else text


def _lasting(found: re.Match[str]) -> str:
    return f"{lasting_words(float(found['hours']))} from {moment_words(found['at'])}"


def hours_in_words(text: str) -> str:
    """Return a text in which long times are told as everywhere else.

    Examples
    --------
    >>> hours_in_words("was not heard for 2095 h; for 24 h or more")
    'was not heard for 87 days; for 24 h or more'
    """
    return _HOURS.sub(lambda found: lasting_words(float(found[1])), text)


def missing_steps(texts: Sequence[str]) -> list[str]:
    """Return the steps that a pattern asks for and that were not seen.

    Examples
    --------
    >>> missing_steps(["Port call in Iran: not seen yet", "Port call: its end was not seen"])
    ['Port call in Iran']
    """
    return [text.partition(_MISSING)[0] for text in texts if _MISSING in text]


def part_words(verdict: str, missing: Sequence[str]) -> str:
    """Return that a pattern was seen only in part; nothing for one that was seen whole.

    Examples
    --------
    >>> part_words("early", ["Port call in Iran"]), part_words("match", [])
    ('Not all of the pattern was seen: missing is Port call in Iran.', '')
    """
    if verdict == "match":
        return ""
    return "Not all of the pattern was seen" + (f": missing is {_some(missing)}." if missing else ".")


def verdict_words(verdict: str, story: Sequence[Step]) -> str:
    """Return what a verdict short of a match means, with what was seen; nothing for a match.

    Examples
    --------
    >>> verdict_words("early", [{"what": "No AIS heard", "where": ""}])
    'Early warning: so far only this was seen: No AIS heard.'
    """
    seen = _some([f"{step['what']} ({step['where']})" if step["where"] else step["what"] for step in story])
    return {
        "early": f"Early warning: so far only this was seen: {seen}.",
        "lapsed": f"Lapsed: only this was seen, and the rest not in time: {seen}.",
        "unknown": "It cannot be told whether the pattern is there: too little was received.",
    }.get(verdict, "")


def _some(texts: Sequence[str]) -> str:
    rest = len(texts) - _NAMED_MAX
    return "; ".join([*texts[:_NAMED_MAX], *([f"and {rest} more"] if rest > 0 else [])])
