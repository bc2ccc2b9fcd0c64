"""Prometheus metrics of this process. Labels are few and never name a coach, a person or a place."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector


class Metrics:
    """The metrics of one process, in a registry of their own (so that two apps in one test do not collide)."""

    def __init__(self) -> None:
        """Register every metric."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.messages = Counter(
            "corridor_messages_total", "Messages judged", ["transport", "kind", "status"], registry=self.registry
        )
        self.requests = Histogram(
            "corridor_request_seconds",
            "Time to answer a request",
            ["method", "route", "status"],
            buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
            registry=self.registry,
        )

    def watch(self, name: str, text: str, read: Callable[[], float]) -> None:
        """Add a gauge that is read when the metrics are asked for; a failing reading leaves it out."""
        self.registry.register(_Watched(name, text, read))


class _Watched(Collector):
    def __init__(self, name: str, text: str, read: Callable[[], float]) -> None:
        self._name, self._text, self._read = name, text, read

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            value = self._read()
        except Exception:  # an outage of one part must not hide the other metrics
            return
        gauge = GaugeMetricFamily(self._name, self._text)
        gauge.add_metric([], value)
        yield gauge
