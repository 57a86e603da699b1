"""The service: the schedule, the streams and the figures of one installation, until somebody stops it.

One process at a time is at work on a database; others stand by and take over when it ends, however it ends.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError

from watch.clock import now
from watch.errors import BusyError, ConfigError, ShipwatchError, Stopped, StoreError
from watch.lease import Lease, holding, note_beat
from watch.service.collect import inbox
from watch.service.metrics import serve_metrics, write_metrics
from watch.service.schedule import (
    Planned,
    Scheduler,
    do_again,
    due_jobs,
    make_scheduler,
    missed_jobs,
    plan,
    planned_since,
    sync_jobs,
)
from watch.service.status import Status, gather_status
from watch.service.tasks import last_done, run_task
from watch.settings import Settings
from watch.source_settings import is_stream
from watch.sources import listen_to
from watch.store.runs import note_health
from watch.workspace import Workspace

log = structlog.get_logger()

_LOOK_S = 0.5  # own: how soon a stop, or a loss of the lease that a job met, is noticed
_LEASE_S = 10.0  # own: how soon an idle process notices that its lease is lost
_STAND_BY_S = 2.0  # own: how soon a process that stands by takes over
_TRY_AGAIN = timedelta(minutes=5)  # own: after a failure, where the schedule itself would wait for longer
_PUT_OFF = timedelta(seconds=30)  # own: while somebody loads by hand, which may take long
_WAIT_S, _WAIT_ONCE_S = 5.0, 600.0  # own: for whoever is writing; between two waits of the service a stop is noticed
_LISTEN_AGAIN_S = 60.0  # own: after a fault of ours in a stream


class Service:
    """One process at work on one installation.

    Parameters
    ----------
    ws, settings
        What it works on, and how.
    stop
        Once it is set, the step under way is finished and the service ends.
    """

    def __init__(self, ws: Workspace, settings: Settings, stop: threading.Event) -> None:
        self._ws, self._settings, self._stop = ws, settings, stop
        self._lost = threading.Event()
        self._lease: Lease | None = None
        self._scheduler: Scheduler | None = None
        self._down: set[str] = set()
        self._failing: dict[str, str] = {}
        self._looked_s, self._wait_s = 0.0, _WAIT_S

    def run(self) -> bool:
        """Work until stopped; then it went well."""
        planned = plan(self._settings)
        while not self._stop.is_set():
            try:
                with self._sole() as self._lease:
                    self._lost.clear()
                    self._work(planned)
            except (StoreError, SQLAlchemyError) as error:  # the database went away before work had begun
                log.error("beginning anew", reason=str(error))
                self._stop.wait(_STAND_BY_S)
        self._write_metrics()
        log.info("stopped")
        return True

    def _work(self, planned: Sequence[Planned]) -> None:
        """Do what is due until stopped, or until another process may be at work too."""
        with self._schedule(planned) as scheduler, self._streams(), self._metrics():
            log.info("at work", jobs=len(planned), sources=len(self._settings.source))
            scheduler.resume()
            while not (self._stop.wait(_LOOK_S) or self._lost.is_set()):
                self._look_at_lease()
            log.info("stopping: the step under way is finished first")
            scheduler.pause()

    def run_once(self) -> bool:
        """Do all that is due now and the monitoring run in any case; return whether all went well."""
        planned = plan(self._settings)
        self._wait_s = _WAIT_ONCE_S
        lease = holding(self._ws.engine, "scheduler", wait_s=_WAIT_S)  # `status` takes it for a moment
        with lease as self._lease, self._schedule(planned) as scheduler:
            due = {"monitor", *due_jobs(scheduler, planned, now())}
            well = [self.do(p.name) for p in planned if p.name in due]
        self._write_metrics()  # when it no longer is at work
        return all(well)

    @contextmanager
    def _schedule(self, planned: Sequence[Planned]) -> Iterator[Scheduler]:
        """Bring the kept jobs in line with the settings, and let those that were missed or cut off be due now."""
        scheduler = make_scheduler(self._ws.engine, self.do)
        scheduler.start(paused=True)
        try:
            sync_jobs(scheduler, planned, now())
            known = planned_since(scheduler) | self._done_at(planned)
            for name in missed_jobs(planned, known, now()):
                do_again(scheduler, name, now())
            self._scheduler = scheduler
            yield scheduler
        finally:
            self._scheduler = None
            scheduler.shutdown()

    def _done_at(self, planned: Sequence[Planned]) -> dict[str, datetime]:
        """Return when each job was last done to its end, as far as the database tells."""
        with self._ws.engine.connect() as conn:
            found = {p.name: last_done(conn, p.name) for p in planned}
        return {name: at for name, at in found.items() if at}

    def do(self, name: str) -> bool:
        """Do one job, log what came of it, and return whether it went well; nothing that it raises ends the service."""
        if self._ending:
            return True  # the next start finds that it was not done
        begun_at = now()
        try:
            self._check_lease()
            told = run_task(self._ws, self._settings, name, self._progress, wait_s=self._wait_s)
        except Stopped:
            log.info("stopped in the middle; what was finished is stored", job=name)
            return True
        except BusyError as busy:
            return self._put_off(name, busy)
        except (ShipwatchError, SQLAlchemyError, OSError) as error:
            log.error("failed", job=name, reason=str(error))
            return self._failed(name, error)
        except Exception as error:  # whatever it is, the jobs of tomorrow must run
            log.exception("failed", job=name)
            return self._failed(name, error)
        faults = told.pop("faults", None) or []
        for fault in faults:
            log.warning("fault", job=name, reason=fault)
        tell = log.debug if name == "deliver" and not any(told.values()) else log.info
        tell("done", job=name, seconds=round((now() - begun_at).total_seconds(), 1), **told)
        self._failing.pop(name, None)
        self._beat()
        return not faults

    def _put_off(self, name: str, busy: BusyError) -> bool:
        """Let a job be done soon, since somebody else is writing now; return that it is not done."""
        log.info("put off", job=name, reason=str(busy))
        if self._scheduler is not None:
            do_again(self._scheduler, name, now() + _PUT_OFF)
        return False

    @property
    def _ending(self) -> bool:
        return self._stop.is_set() or self._lost.is_set()

    def _check_lease(self) -> None:
        """See that no other process can be at work."""
        try:
            if self._lease is not None:
                self._lease.check()
        except StoreError:
            self._lost.set()
            raise

    def _look_at_lease(self) -> None:
        """Notice while idle that the lease is lost."""
        if time.monotonic() - self._looked_s < _LEASE_S:
            return
        self._looked_s = time.monotonic()
        try:
            self._check_lease()
        except StoreError as gone:
            log.error("the lease is lost", reason=str(gone))

    def _progress(self, what: str, share: float) -> None:
        """End the step under way when somebody asked for it."""
        if self._ending:
            raise Stopped("stopped when asked to; what was finished is stored")

    @contextmanager
    def _sole(self) -> Iterator[Lease]:
        """Wait until the database is there and no other process is at work on it, then hold it."""
        told = ""
        with ExitStack() as held:
            while True:
                try:
                    lease = held.enter_context(holding(self._ws.engine, "scheduler"))
                    break
                except (StoreError, SQLAlchemyError) as reason:  # a busy lease is one
                    if str(reason) != told:
                        log.info("standing by", reason=str(reason))
                    told = str(reason)
                if self._stop.wait(_STAND_BY_S):
                    raise Stopped("stopped while standing by")
            yield lease

    @contextmanager
    def _streams(self) -> Iterator[None]:
        """Listen to the sources that send by themselves, each in a thread of its own."""
        sources = [source for source in self._settings.source if is_stream(source) and source.enabled]
        end = threading.Event()
        threads = [threading.Thread(target=self._listen, args=(s, end), name=s.name, daemon=True) for s in sources]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            end.set()
            for thread in threads:
                thread.join()

    def _listen(self, source: object, end: threading.Event) -> None:
        name = str(getattr(source, "name", ""))
        while not end.is_set():
            try:
                listen_to(source, inbox(self._ws, name), end, partial(self._tell, name))
            except ConfigError as error:
                self._tell(name, "fault", f"{error}; it is not listened to until the next start")
                return
            except Exception as error:  # a thread that dies silently is the worst of all
                log.exception("a stream ended", source=name)
                self._tell(name, "fault", f"ended: {error}; it is begun anew")
                end.wait(_LISTEN_AGAIN_S)

    def _tell(self, source: str, kind: str, message: str) -> None:
        """Log what a stream says of itself, and note as health what an operator must know."""
        if kind == "note" or (kind == "up" and source not in self._down):
            log.info(message, source=source)
            return
        log.warning(message, source=source, kind=kind)
        (self._down.discard if kind == "up" else self._down.add)(source)
        try:
            with self._ws.engine.begin() as conn:
                note_health(conn, "source", f"{source}: {message}", at=now())
        except (SQLAlchemyError, StoreError) as error:
            log.error("could not be noted", source=source, reason=str(error))

    @contextmanager
    def _metrics(self) -> Iterator[None]:
        """Answer Prometheus while at work, where the settings say so."""
        if self._settings.metrics.port is None:
            yield
            return
        end, port = serve_metrics(self._status, self._settings.metrics.port, self._settings.metrics.bind)
        log.info("figures for Prometheus", port=port)
        try:
            yield
        finally:
            end()

    def _write_metrics(self) -> None:
        if self._settings.metrics.file is not None:
            write_metrics(self._status, self._settings.metrics.file)

    def _status(self) -> Status:
        return gather_status(self._ws, self._settings, now())

    def _beat(self) -> None:
        """Leave word that the scheduler is alive."""
        try:
            with self._ws.engine.begin() as conn:
                note_beat(conn, "scheduler", at=now())
            self._write_metrics()
        except (ShipwatchError, SQLAlchemyError, OSError) as error:  # the job itself went well
            log.error("could not be noted", reason=str(error))

    def _failed(self, name: str, error: BaseException) -> bool:
        """Note as health that a job failed, and let it be tried again soon; return that it did not go well."""
        try:
            if self._failing.get(name) != str(error):  # one that fails again and again is told once
                with self._ws.engine.begin() as conn:
                    note_health(conn, "job", f"{name} failed: {error}", at=now())
                self._failing[name] = str(error)
            if self._scheduler is not None:
                do_again(self._scheduler, name, now() + _TRY_AGAIN)
        except (ShipwatchError, SQLAlchemyError) as broken:
            log.error("could not be noted", job=name, reason=str(broken))
        return False
