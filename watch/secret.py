"""Secrets: read when they are needed, from the environment or a file that only its owner may read; never kept."""

from __future__ import annotations

import os
import stat

from watch.errors import ConfigError
from watch.source_settings import Secret


def read_secret(secret: Secret, what: str) -> str:
    """Return a secret.

    Parameters
    ----------
    secret
        Where it is.
    what
        What it is for, for the message when it is not there.

    Raises
    ------
    ConfigError
        It is not set, empty, or others may read the file.
    """
    if secret.env is not None:
        value = os.environ.get(secret.env, "").strip()
        if not value:
            raise ConfigError(f"{what}: the environment has no {secret.env}; set it before you start Shipwatch")
        return value
    file = secret.file
    if file is None:
        raise ConfigError(f"{what}: neither a variable nor a file is named")
    try:
        with file.open(encoding="utf-8") as stream:
            open_to = stat.S_IMODE(os.fstat(stream.fileno()).st_mode) & 0o077
            if open_to:
                raise ConfigError(f"{what}: others may read {file}; run `chmod 600 {file}`")
            value = stream.readline().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is no text"
        raise ConfigError(f"{what}: {file} cannot be read ({reason})") from error
    if not value:
        raise ConfigError(f"{what}: {file} is empty; write the secret on its first line")
    return value
