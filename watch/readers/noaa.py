"""NOAA MarineCadastre CSV in both layouts: 2015–2024 (`BaseDateTime`, `IMO9283746`) and later (`base_date_time`).

Courses above 204.7° and speeds above 51.1 kn come as negative numbers in some years: the radio's 12 and 10 bits
taken as signed. In the sample of tracktable-data, 284 fixes of moving ships have such a course; lifted by
409.6 it differs from the heading by 2.0° in the median, as the other courses do; taken modulo 360 it is 49° off.
"""

from __future__ import annotations

from watch.readers.delimited import CsvReader, Dialect
from watch.readers.headers import Header


def _claims(header: Header) -> bool:
    return "basedatetime" in header.keys


NOAA = CsvReader(Dialect(name="noaa", claims=_claims, signed_wrap=True))
