"""A message given to its channel: by mail, to a webhook or through Apprise."""

from __future__ import annotations

from collections.abc import Callable

from watch.delivery.outcome import Outcome
from watch.errors import ConfigError, ShipwatchError
from watch.secret import read_secret
from watch.settings import Recipient, Settings
from watch.source_settings import Secret
from watch.store.deliveries import Claimed

Settle = Callable[[Outcome], None]


def deliver(claimed: Claimed, settings: Settings, settle: Settle) -> None:
    """Try to deliver a message, and let it be settled once, as soon as it is known how that ended."""
    try:
        recipient = _recipient(claimed, settings)
        if claimed.channel == "mail":
            _by_mail(claimed, settings, settle)
            return
        outcome = _by_address(claimed, _url(recipient))
    except ConfigError as error:
        outcome = Outcome("refused", str(error))
    except ShipwatchError:  # of the store: what happened is not known
        raise
    except Exception as error:  # whatever a library makes of an odd answer: one message never stops the others
        outcome = Outcome("deferred", f"{type(error).__name__} while it was sent")
    settle(outcome)


def _recipient(claimed: Claimed, settings: Settings) -> Recipient:
    """Return who is told.

    Raises
    ------
    ConfigError
        They are no longer in the settings, or are told in another way.
    """
    for recipient in settings.recipient:
        if recipient.name == claimed.recipient and recipient.channel == claimed.channel:
            return recipient
    raise ConfigError(f"shipwatch.toml has no [[recipient]] '{claimed.recipient}' by {claimed.channel} any more")


def _url(recipient: Recipient) -> str:
    what = f"the url of recipient '{recipient.name}'"
    if recipient.url is None:
        raise ConfigError(f"{what} is not set")
    return read_secret(recipient.url, what) if isinstance(recipient.url, Secret) else recipient.url


def _by_address(claimed: Claimed, url: str) -> Outcome:
    if claimed.channel == "webhook":
        from watch.delivery.webhook import post

        return post(url, claimed.body, claimed.message_id)
    from watch.delivery.push import push

    return push(url, claimed.subject, claimed.body.decode("utf-8"))


def _by_mail(claimed: Claimed, settings: Settings, settle: Settle) -> None:
    from watch.delivery.smtp import explain, hand_over, mail_session

    if settings.mail is None:
        raise ConfigError("shipwatch.toml has no [mail] with the server")
    settled = False
    try:
        with mail_session(settings.mail) as smtp:
            outcome = hand_over(smtp, claimed.addresses, claimed.body)
            settle(outcome)  # before the session ends: what the server has taken is to be known as taken at once
            settled = True
    except OSError as error:
        if not settled:
            settle(explain(error, settings.mail.host))
