"""Sending a digest through Apprise, which knows a hundred chat and push services; an optional extra."""

from __future__ import annotations

import logging

from watch.delivery.outcome import Outcome
from watch.errors import ConfigError

TEXT_MAX = 30_000  # own: a service cuts or splits what is too long for it, and nobody reads more in a chat


def push(url: str, subject: str, text: str) -> Outcome:
    """Give a text to the service behind an Apprise address and return how that ended.

    Parameters
    ----------
    url
        As Apprise writes addresses (`slack://…`); it holds secrets, so that no message names it.
    subject, text
        What is told.

    Raises
    ------
    ConfigError
        Apprise is not installed, or does not know the address.
    """
    try:
        import apprise
    except ImportError:
        raise ConfigError("the channel 'apprise' needs the extra: pip install 'shipwatch[apprise]'") from None
    for name in ("apprise", "urllib3"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # they would write addresses into the log
    service = apprise.Apprise()
    if not service.add(url):
        raise ConfigError("Apprise does not know this kind of address; see its list of services")
    if service.notify(body=text, title=subject, body_format=apprise.NotifyFormat.TEXT):
        return Outcome("sent")
    return Outcome("deferred", "the service behind the Apprise address did not take it")
