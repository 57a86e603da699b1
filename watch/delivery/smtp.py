"""Sending a mail through a server: STARTTLS, TLS or none, with or without a login."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.policy import SMTP
from typing import Any

from watch.delivery.addresses import mail_address
from watch.delivery.outcome import Outcome, said
from watch.errors import ConfigError
from watch.secret import read_secret
from watch.settings import MailSettings

_WHOLE_MAX_S = 900.0  # own: a peer that sends a byte a minute must not hold the outbox for a day
_OK = (250, 251)
_CLOSING = 421
_OWN_MACHINE = ("localhost", "127.0.0.1", "::1")


@contextmanager
def mail_session(mail: MailSettings) -> Iterator[smtplib.SMTP]:
    """Give a session with the mail server, secured and logged in as the settings say.

    Raises
    ------
    ConfigError
        The settings do not fit the server, or the password cannot be read.
    OSError
        It cannot be reached, or does not speak as it should (smtplib's errors are of this kind).
    """
    context, password = _trust(mail), _password(mail)
    if mail.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, timeout=mail.timeout_s, context=context)
    else:
        smtp = smtplib.SMTP(mail.host, mail.port, timeout=mail.timeout_s)
    watchdog = threading.Timer(_WHOLE_MAX_S, _hang_up, [smtp])
    watchdog.daemon = True
    watchdog.start()
    try:
        if mail.security == "starttls":
            smtp.ehlo_or_helo_if_needed()
            if not smtp.has_extn("starttls"):
                raise ConfigError(f"{mail.host} offers no STARTTLS; set mail.security to 'tls', or ask who runs it")
            smtp.starttls(context=context)
        if mail.user is not None and password is not None:
            _log_in(smtp, mail.user, password)
        smtp.ehlo_or_helo_if_needed()
        yield smtp
        with suppress(OSError):  # the mail is with the server already
            smtp.quit()
    finally:
        watchdog.cancel()
        smtp.close()


def _trust(mail: MailSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(mail.ca_file) if mail.ca_file else None)
    except OSError as error:
        raise ConfigError(f"mail.ca_file: {mail.ca_file} holds no certificates that can be read") from error


def _password(mail: MailSettings) -> str | None:
    if mail.user is None:
        return None
    if mail.password is None:
        raise ConfigError("mail.user is set and mail.password is not; name where it is, as {env = 'NAME'}")
    if mail.security == "none" and mail.host not in _OWN_MACHINE:
        raise ConfigError("a password never goes over an open line: set mail.security to 'starttls' or 'tls'")
    password = read_secret(mail.password, "mail.password")
    if not f"{mail.user}{password}".isascii():
        raise ConfigError("mail.user and mail.password: only the letters of English, digits and signs can be sent")
    return password


def _log_in(smtp: smtplib.SMTP, user: str, password: str) -> None:
    """Log in once: smtplib would try a password that was refused in three ways, and accounts are locked for that.

    Raises
    ------
    SMTPException
        The server refuses, or offers no way that we know.
    """
    smtp.ehlo_or_helo_if_needed()
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    ways: dict[str, Any] = {"PLAIN": smtp.auth_plain, "LOGIN": smtp.auth_login, "CRAM-MD5": smtp.auth_cram_md5}
    way = next((name for name in ways if name in offered), None)
    if way is None:
        raise smtplib.SMTPNotSupportedError
    smtp.user, smtp.password = user, password
    smtp.auth(way, ways[way])


def _hang_up(smtp: smtplib.SMTP) -> None:
    with suppress(OSError):
        if smtp.sock is not None:
            smtp.sock.shutdown(socket.SHUT_RDWR)


def hand_over(smtp: smtplib.SMTP, addresses: Sequence[str], body: bytes) -> Outcome:
    """Give a mail to a server for some addresses and return how that ended.

    Parameters
    ----------
    smtp
        Of `mail_session`.
    addresses
        Who has not got it yet.
    body
        The mail; its From is the sender.
    """
    sender = mail_address(str(message_from_bytes(body, policy=SMTP)["From"])).addr_spec
    size = [f"size={len(body)}"] if smtp.has_extn("size") else []
    code, answer = smtp.mail(sender, size)
    if code not in _OK:
        return _no(code, answer, addresses)
    refused: dict[str, tuple[int, bytes]] = {}
    for address in addresses:
        code, answer = smtp.rcpt(address)
        if code not in _OK:
            refused[address] = code, answer
        if code == _CLOSING:
            return _no(code, answer, addresses)
    if len(refused) == len(addresses):
        return _of_refused(refused)
    try:
        code, answer = smtp.data(body)
    except smtplib.SMTPResponseException as error:
        return _no(error.smtp_code, error.smtp_error, addresses)
    except OSError as error:
        why = f"the connection ended before the server said that it has the mail ({type(error).__name__})"
        return Outcome("cut off", why, tuple(addresses))
    if code not in _OK:
        return _no(code, answer, addresses)
    return _of_refused(refused)


def _no(code: int, answer: object, addresses: Sequence[str]) -> Outcome:
    return Outcome(
        "refused" if code >= 500 else "deferred", f"the server said: {code} {said(answer)}", tuple(addresses)
    )


def _of_refused(refused: dict[str, tuple[int, bytes]]) -> Outcome:
    """Return the outcome for those addresses that the server would not take."""
    if not refused:
        return Outcome("sent")
    told = "; ".join(f"{address}: {code} {said(answer)}" for address, (code, answer) in refused.items())
    later = any(code < 500 for code, _ in refused.values())
    return Outcome("deferred" if later else "refused", f"the server would not take it for {told}", tuple(refused))


def explain(error: OSError, host: str) -> Outcome:
    """Return the outcome of a session that did not come so far as to give the mail."""
    match error:
        case smtplib.SMTPAuthenticationError():  # what the server says of a login may hold the login
            told = f"{host} refuses the login ({error.smtp_code}); check mail.user and mail.password"
            return Outcome("refused" if error.smtp_code >= 500 else "deferred", told)
        case smtplib.SMTPNotSupportedError():
            return Outcome("refused", f"{host} has no way to log in that we know; leave mail.user out, or use TLS")
        case smtplib.SMTPResponseException():
            return _no(error.smtp_code, error.smtp_error, ())
        case ssl.SSLCertVerificationError():
            told = f"the certificate of {host} is not good: {said(error.verify_message)}; see mail.ca_file"
            return Outcome("deferred", told)
    return Outcome("deferred", f"no connection with {host}: {said(error.strerror or error)}")
