"""The disk of the data folder: what goes wrong with it, told so that a person can act on it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from watch.errors import StoreError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_UNUSABLE = {errno.EROFS, errno.EIO, errno.EACCES, errno.EPERM}


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Let what the disk of a folder refuses be an error of ours.

    Raises
    ------
    StoreError
        It is full, read-only or broken, or the folder may not be written.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL | _UNUSABLE:
            raise
        said = error.strerror or str(error)
        advice = "make room" if error.errno in _FULL else "see that it can be written to"
        raise StoreError(
            f"the disk of {folder} takes nothing more ({said}); what was finished is stored:"
            f" {advice}, then run it again"
        ) from error
