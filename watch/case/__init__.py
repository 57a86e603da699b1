"""One alert as a case: all that somebody needs to judge it, for the page, the printable summary and other programs.

`gather.gather_case` reads it; the other modules make sense of what was read and touch no database.
"""
