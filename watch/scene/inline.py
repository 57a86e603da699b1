"""Scripts and style sheets as they stand inside a page, and the policy that lets a browser run these and no other."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from watch.web import assets

_URL = re.compile(r"url\((?!['\"]?data:)[^)]*\)")
_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)
_BREAKS = re.compile(r"<(?=/script|script|!--)", re.IGNORECASE)
_STYLES = ("shipwatch.css", "replay/replay.css", "report.css")


@dataclass(frozen=True)
class Inline:
    """What a page holds in itself instead of asking for it.

    Attributes
    ----------
    scripts, styles
        Their texts, in order; none can end the element that it stands in.
    """

    scripts: Sequence[str]
    styles: Sequence[str]

    @property
    def policy(self) -> str:
        """The content policy under which these run, and nothing else is run, asked for or sent."""
        scripts, styles = (" ".join(map(_source, texts)) for texts in (self.scripts, self.styles))
        return (
            f"default-src 'none'; script-src {scripts}; style-src {styles}; "
            "img-src data:; base-uri 'none'; form-action 'none'"
        )

    @property
    def header_policy(self) -> str:
        """The same for an answer of a server, which may also say that no other page may hold this one."""
        return f"{self.policy}; frame-ancestors 'none'"


def replay_inline() -> Inline:
    """Return the scripts and style sheets of the replay, Leaflet's first."""
    leaflet, own = assets.leaflet_folder(), assets.STATIC
    scripts = [leaflet / "leaflet.js", *(own / "replay" / name for name in assets.REPLAY_SCRIPTS)]
    styles = [leaflet / "leaflet.css", *(own / name for name in _STYLES)]
    return Inline(
        [script_text(path.read_text(encoding="utf-8")) for path in scripts],
        [style_text(path.read_text(encoding="utf-8")) for path in styles],
    )


def write_page(inline: Inline, **story: Any) -> str:
    """Return the page of a report.

    Parameters
    ----------
    inline
        What it holds.
    story
        What its template shows; all of it is escaped.
    """
    from watch.web.site import template_environment  # which imports the server

    icon = base64.b64encode((assets.STATIC / "shipwatch.svg").read_bytes()).decode()
    scripts, styles = ([Markup(text) for text in texts] for texts in (inline.scripts, inline.styles))  # noqa: S704 - ours
    page = template_environment().get_template("report.html.j2")
    return page.render(scripts=scripts, styles=styles, policy=inline.policy, icon=icon, **story)


def script_text(text: str) -> str:
    r"""Return a script that can stand inside a page: nothing in it is taken for the end of its element.

    Examples
    --------
    >>> script_text("a = '</script>';\n//# sourceMappingURL=a.js.map\n")
    "a = '\\x3c/script>';\n"
    """
    return _BREAKS.sub(r"\\x3c", _MAP.sub("", text.replace("\r\n", "\n"))).strip() + "\n"


def style_text(text: str) -> str:
    """Return a style sheet that asks for no file and can stand inside a page.

    Examples
    --------
    >>> style_text("a { background: url(images/layers.png) }")
    'a { background: none }'
    """
    return _URL.sub("none", text.replace("\r\n", "\n")).replace("</", "<\\/").strip()


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
