"""The metrics of error budgets: whether anything is automatic, for how long, and what the audits say."""

from collections.abc import Iterable
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric

from triage.service import Service

_NAMES: Final = ("domain", "variant")
_ALL: Final = "all automatic decisions"


def promise_metrics(service: Service) -> Iterable[Metric]:
    """Return the gauges of every policy in force that has an error budget; audits are as of the last look of the
    watcher."""
    certified = _gauge("triage_automation_certified", "1 where cases may be automatic under a certificate")
    stopped = _gauge("triage_automation_stopped", "1 where an alarm or a person stopped it")
    days = _gauge("triage_certificate_days_left", "Days until the certificate lapses")
    harm = _gauge("triage_harm_evidence", "Evidence that more is wrong than the budget allows; alarm at 100")
    rate = _gauge("triage_audited_error_rate", "Audited error rate of 90 days", "segment")
    low = _gauge("triage_audited_error_rate_low", "Its lower bound, 95 % interval", "segment")
    high = _gauge("triage_audited_error_rate_high", "Its upper bound, 95 % interval", "segment")
    for status in service.promises.describe():
        if not status["error_budget"]:
            continue
        key = (status["domain"], status["variant"] or "")
        certified.add_metric(key, float(status["certified"]))
        stopped.add_metric(key, float(status["stopped"]))
        days.add_metric(key, status["days_left"] or 0.0)
        audited = service.promises.audited(status["domain"], status["variant"])
        if audited is None:
            continue
        harm.add_metric(key, audited.monitor.evidence if audited.monitor is not None else 0.0)
        for segment, audits in audited.rates.items():
            if audits.rate.rate is not None:
                labels = (*key, segment or _ALL)
                rate.add_metric(labels, audits.rate.rate)
                low.add_metric(labels, audits.rate.low)
                high.add_metric(labels, audits.rate.high)
    return (certified, stopped, days, harm, rate, low, high)


def _gauge(name: str, text: str, *more: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, labels=(*_NAMES, *more))
