"""Countries in the words of lists, as ISO codes of two letters."""

from __future__ import annotations

import re
from functools import cache

from watch.capitals import capitals

#: Names that the lists write and the table of radio numbers does not: OFAC's, the UN's and common short ones.
_MORE = """
AE United Arab Emirates
AG Antigua and Barbuda|Antigua & Barbuda
BQ Bonaire
BS The Bahamas|Bahamas, The
CD Congo, Democratic Republic of the|Democratic Republic of the Congo|Congo (Kinshasa)
CF Central African Republic
CG Congo, Republic of the|Republic of the Congo
CI Cote d'Ivoire
CK Cook Islands
CN People's Republic of China
CV Cabo Verde
CZ Czechia
DO Dominican Republic
FK Falkland Islands
FO Faroe Islands
GB Great Britain|UK|United Kingdom of Great Britain and Northern Ireland
GM The Gambia|Gambia, The
GQ Equatorial Guinea
HK Hong Kong, China
IM Isle of Man
IR Islamic Republic of Iran|Iran (Islamic Republic of)|Iran, Islamic Republic of
KG Kyrgyzstan
KM Union of the Comoros|Comoro Islands
KN St. Kitts and Nevis|Saint Kitts and Nevis|St Kitts and Nevis
KP North Korea|Korea, North|Democratic People's Republic of Korea|Korea, Democratic People's Republic of|DPRK
KR South Korea|Korea, South|Republic of Korea|Korea, Republic of
KY Cayman Islands
LA Lao People's Democratic Republic
LC Saint Lucia|St. Lucia
MH Marshall Islands|Republic of the Marshall Islands
MK North Macedonia
MM Burma
MO Macau
PS Palestinian
RU Russian Federation
SB Solomon Islands
SS South Sudan
ST Sao Tome and Principe
SY Syrian Arab Republic
SZ Eswatini
TC Turks and Caicos Islands
TL Timor-Leste|East Timor
TR Turkiye
TT Trinidad and Tobago
TZ Tanzania, United Republic of|United Republic of Tanzania|Zanzibar
US United States|United States of America
VC St. Vincent and the Grenadines|Saint Vincent and the Grenadines
VE Venezuela (Bolivarian Republic of)|Bolivarian Republic of Venezuela
VN Viet Nam
"""
_AMENDED = {"UK": "GB"}
_NO_LETTERS = re.compile(r"[^A-Z]+")


def country_of(words: str) -> str:
    """Return the ISO code of a country in words or of a code; "" where it is not known.

    Examples
    --------
    >>> country_of("Korea, North"), country_of("Panama"), country_of("pa"), country_of("None Identified")
    ('KP', 'PA', 'PA', '')
    """
    plain = _plain(words)
    if len(plain) == 2:
        code = _AMENDED.get(plain, plain)
        return code if code in _codes() else ""
    return _names().get(plain, "")


def _plain(words: str) -> str:
    return _NO_LETTERS.sub(" ", capitals(words)).strip()


@cache
def _names() -> dict[str, str]:
    from pyais.constants import COUNTRY_MAPPING  # its import is slow and only this needs it

    known = {_plain(name): _AMENDED.get(code, code) for code, name in COUNTRY_MAPPING.values() if len(code) == 2}
    for line in _MORE.strip().splitlines():
        known |= {_plain(name): line[:2] for name in line[3:].split("|")}
    return known


@cache
def _codes() -> frozenset[str]:
    return frozenset(_names().values())
