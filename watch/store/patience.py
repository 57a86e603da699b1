"""Patience: work that outlasts a database which is gone for a minute."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Engine, text
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_exponential

from watch.errors import DatabaseGoneError

_WAIT_S = 300.0  # own: a server that is updated or moved is back within two or three minutes
_TRIES = 5  # own: work that takes its server down with it is not to do so for ever

Result = TypeVar("Result")


def outlast(
    open_: Callable[[], Engine],
    work: Callable[[], Result],
    tell: Callable[[str, float], None],
    *,
    wait_s: float = _WAIT_S,
) -> Result:
    """Return what `work` gives; when the database goes away meanwhile, wait until it is back and begin the work anew.

    Parameters
    ----------
    open_
        Gives the database, which is not opened before the work does.
    work
        What can be begun anew wherever it ended, as every run can.
    tell
        Told that there is a wait.
    wait_s
        How long to wait each time.

    Raises
    ------
    DatabaseGoneError
        When it is not back by then, or goes away each time.
    """
    for _ in range(_TRIES - 1):
        try:
            return work()
        except DatabaseGoneError as gone:
            tell("waiting for the database", 0.0)
            _await(open_(), wait_s, gone)
    return work()


def _await(engine: Engine, wait_s: float, gone: DatabaseGoneError) -> None:
    engine.dispose()  # the connections that wait in the pool are dead too
    patient = Retrying(
        retry=retry_if_exception_type(DatabaseGoneError),
        wait=wait_exponential(multiplier=0.2, max=5),
        stop=stop_after_delay(wait_s),
        reraise=True,
    )
    try:
        patient(_ask, engine)
    except DatabaseGoneError:
        told = f"it was waited for {wait_s:.0f} s; what was finished is stored, and the next run goes on from there"
        raise DatabaseGoneError(f"{gone}; {told}") from None


def _ask(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
