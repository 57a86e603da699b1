"""The start of a new rule: a file with comments that is a good rule already, with tests that pass."""

from __future__ import annotations

import re
from pathlib import Path as File

from watch.errors import ConfigError

ID = r"[a-z0-9]+(-[a-z0-9]+)*"
_MOST_LETTERS = 100

START_RUNBOOK = "What to check first."
_TEMPLATE = """\
id: {id}
title: {title}
status: experimental    # experimental | stable | deprecated
level: low              # informational | low | medium | high | critical
description: >-
  Say what the rule finds, why that matters, and how it differs from the rule nearest to it.
red_flags: [US1a]       # codes of rules/red_flags.csv
measures: [US-MARADV-2020]    # ids of rules/measures.csv; an alert names those in force on its days
references: [Where the pattern comes from.]
false_positives: [What looks like it and is not.]
runbook: {runbook}
# review_by: 2027-01-31       # when somebody should look at the rule again

vessel: {{type: tanker}}        # also flag, imo, mmsi, where; leave it out for every ship

# What to look for. One event, as here; or several in order:
#   sequence:
#     within: 120d
#     steps:
#       - {{id: load, event: port_visit, zone: {{country: IR, kind: load}}}}
#       - {{id: dark, event: gap, where: {{duration_h: ">=24h"}}, optional: true}}
#       - {{id: arrive, event: port_visit, zone: {{country: VE}}}}
#     not:
#       - {{event: port_visit, where: {{draught_change_m: "<=-2"}}, between: [load, arrive]}}
# or many of one kind:
#   count: {{event: gap, min: 3, within: 30d}}
match:
  id: dark
  event: gap
  zone: {{kind: sts}}           # an id, a country, a kind; `shipwatch zones list` shows them
  where: {{duration_h: ">=24h", coverage: heard}}

alert:
  group_within: 14d           # events nearer than this are one alert
  summary: "{{vessel}} ({{flag}}) was not heard for {{dark.hours}} h from {{dark.at}} in {{dark.zone}}"

tests:                        # at least one that fires and one that does not
  - name: two days unheard off Fujairah
    events:
      - {{kind: gap, at: 2021-05-02T00:00Z, hours: 48, zone: ae_fujairah_anch}}
    expect: {{alerts: 1, level: low, verdict: match, steps: [dark]}}
  - name: nine hours between satellites
    events:
      - {{kind: gap, at: 2021-05-02T00:00Z, hours: 9, zone: ae_fujairah_anch}}
    expect: {{alerts: 0}}
"""


def rule_start(rule_id: str) -> str:
    """Return the text of a new rule."""
    return _TEMPLATE.format(id=rule_id, runbook=START_RUNBOOK, title=rule_id.replace("-", " ").capitalize())


def write_rule_start(rule_id: str, family: str, folder: File) -> File:
    """Write the start of a new rule below a folder of rules, and return its file.

    Raises
    ------
    ConfigError
        When the id or the family is no name, or the file exists or cannot be written.
    """
    for what, word in (("rule id", rule_id), ("family", family)):
        if not re.fullmatch(ID, word) or len(word) > _MOST_LETTERS:
            raise ConfigError(f"{word[:_MOST_LETTERS]!r} is no {what}: use small letters, digits and '-'")
    file = folder / family / f"{rule_id}.yaml"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as handle:
            handle.write(rule_start(rule_id))
    except OSError as error:
        if file.exists():
            raise ConfigError(f"{file} exists already; take another id, or edit that file") from None
        raise ConfigError(f"{file} cannot be written: {error.strerror}; name another folder with --folder") from error
    return file
