"""Figures for Prometheus: the state of the store, as a text file for the node exporter or over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, start_http_server, write_to_textfile
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from watch.service.status import Status

_ONE: dict[str, tuple[str, Callable[[Status], float | None]]] = {
    "shipwatch_up": ("1 when the scheduler is at work", lambda s: s.scheduler is not None),
    "shipwatch_problems": ("what `shipwatch status` calls wrong", lambda s: len(s.problems)),
    "shipwatch_data_age_seconds": ("age of the newest fix", lambda s: s.age_s),
    "shipwatch_positions": ("positions stored", lambda s: s.positions),
    "shipwatch_dirty_days": ("days of positions that wait to be computed", lambda s: s.backlog["days"]),
    "shipwatch_waiting_vessels": ("vessels whose alerts wait to be judged", lambda s: s.backlog["vessels"]),
    "shipwatch_waiting_files": ("files that wait in the inboxes", lambda s: s.backlog["files"]),
    "shipwatch_waiting_deliveries": ("messages that wait to be sent", lambda s: s.backlog["deliveries"]),
    "shipwatch_failed_deliveries": ("messages that nobody could be given", lambda s: s.backlog["failed deliveries"]),
    "shipwatch_rules_in_error": ("faults of rule files", lambda s: len(s.rule_faults)),
}
_RUN = {
    "shipwatch_last_run_seconds": ("how long the last run of a kind took", "seconds"),
    "shipwatch_last_run_peak_megabytes": ("greatest memory of the last run of a kind", "peak_mb"),
    "shipwatch_last_run_rows": ("rows that the last run of a kind read", "rows_read"),
    "shipwatch_last_run_events": ("events that the last run of a kind wrote", "events"),
}


class StatusCollector(Collector):
    """Asks for the state when Prometheus does."""

    def __init__(self, gather: Callable[[], Status]) -> None:
        self._gather = gather

    def collect(self) -> Iterable[Metric]:
        """Yield all figures; one that is not known is left out."""
        status = self._gather()
        for name, (what, figure) in _ONE.items():
            value = figure(status)
            if value is not None:
                yield GaugeMetricFamily(name, what, value=float(value))
        yield _by("shipwatch_source_age_seconds", "age of a source's newest fix", "source", status.source_ages_s)
        yield _by("shipwatch_alerts", "alerts by state", "status", status.alerts)
        for name, (what, column) in _RUN.items():
            yield _by(name, what, "run", {kind: run[column] for kind, run in status.last_runs.items()})
        ends = {k: r["finished_at"].timestamp() for k, r in status.last_runs.items() if r["finished_at"]}
        yield _by("shipwatch_last_run_timestamp_seconds", "when the last run of a kind ended", "run", ends)
        well = {kind: run["status"] == "done" for kind, run in status.last_runs.items()}
        yield _by("shipwatch_last_run_success", "1 when the last run of a kind ended well", "run", well)


def _by(name: str, what: str, label: str, values: Mapping[str, float | None]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, what, labels=[label])
    for key, value in values.items():
        if value is not None:
            family.add_metric([key], float(value))
    return family


def write_metrics(gather: Callable[[], Status], file: Path) -> None:
    """Write all figures to a file, which is replaced at once."""
    file.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(str(file), _registry(gather))


def serve_metrics(gather: Callable[[], Status], port: int, bind: str) -> tuple[Callable[[], None], int]:
    """Answer Prometheus over HTTP in the background; return what ends it, and the port (of choice for 0)."""
    server, thread = start_http_server(port, addr=bind, registry=_registry(gather))

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop, int(server.server_port)


def _registry(gather: Callable[[], Status]) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(StatusCollector(gather))
    return registry
