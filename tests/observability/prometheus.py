"""A real Prometheus beside the services, which scrapes them and labels what it scrapes as the chart's monitors do."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from highscores_local.ports import LOOPBACK, Ports

NAMESPACE = "games"
RELEASE = "arcade"
DETAILED = "family=queue_coarse_metrics&family=queue_consumer_count"
SCRAPE_INTERVAL_S = 1
READY_WITHIN_S = 30.0
STOP_WITHIN_S = 20.0
ASK_TIMEOUT_S = 10.0
POLL_INTERVAL_S = 0.05

CONFIGURATION = """\
global:
  scrape_interval: {interval}s
  evaluation_interval: {interval}s
rule_files: [{rules}]
scrape_configs:
{jobs}
"""

JOB = """\
  - job_name: {name}
    metrics_path: {path}
    params: {parameters}
    static_configs:
      - targets: ["{host}:{port}"]
        labels: {{job: {job}, namespace: {namespace}, release: {release}, endpoint: {name}}}
"""


def program(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is missing: apt-get install prometheus"
    return found


def configuration(ports: Ports, rules: Path) -> str:
    families = "{family: [" + ", ".join(part.removeprefix("family=") for part in DETAILED.split("&")) + "]}"
    scraped = (
        ("post_score", "post_score", "/metrics", "{}", ports.post_score_health),
        ("get_scores", "get_scores", "/metrics", "{}", ports.get_scores_health),
        ("get_jobs", "get_jobs", "/metrics", "{}", ports.get_jobs_health),
        ("worker", "worker", "/metrics", "{}", ports.worker_health),
        ("rabbitmq", "rabbitmq", "/metrics", "{}", ports.rabbitmq_prometheus),
        ("rabbitmq-detailed", "rabbitmq", "/metrics/detailed", families, ports.rabbitmq_prometheus),
    )
    jobs = [
        JOB.format(
            name=name,
            job=job,
            path=path,
            parameters=parameters,
            host=LOOPBACK,
            port=port,
            namespace=NAMESPACE,
            release=RELEASE,
        )
        for name, job, path, parameters, port in scraped
    ]
    return CONFIGURATION.format(interval=SCRAPE_INTERVAL_S, rules=rules, jobs="".join(jobs))


@dataclass(frozen=True, slots=True)
class Prometheus:
    url: str

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the samples of an expression now; fail with Prometheus's reason when it is refused."""
        answer = httpx.get(f"{self.url}/api/v1/query", params={"query": expression}, timeout=ASK_TIMEOUT_S).json()
        assert answer["status"] == "success", f"{answer.get('error')}: {expression}"
        samples: list[dict[str, Any]] = answer["data"]["result"]
        return samples

    def alerts(self) -> list[dict[str, Any]]:
        groups = httpx.get(f"{self.url}/api/v1/rules", timeout=ASK_TIMEOUT_S).json()["data"]["groups"]
        return [rule for group in groups for rule in group["rules"] if rule["type"] == "alerting"]

    def targets(self) -> Mapping[str, str]:
        """Return the health of each target by the name of its scrape."""
        answer = httpx.get(f"{self.url}/api/v1/targets", timeout=ASK_TIMEOUT_S).json()
        return {target["scrapePool"]: target["health"] for target in answer["data"]["activeTargets"]}


@contextmanager
def running_prometheus(ports: Ports, rules: Path, directory: Path) -> Iterator[Prometheus]:
    """Prometheus on a free port with its data in `directory`, ready; ended with the block."""
    (directory / "prometheus.yml").write_text(configuration(ports, rules), encoding="utf-8")
    prometheus = Prometheus(f"http://{LOOPBACK}:{_free_port()}")
    arguments = [
        program("prometheus"),
        f"--config.file={directory / 'prometheus.yml'}",
        f"--storage.tsdb.path={directory / 'data'}",
        f"--web.listen-address={prometheus.url.removeprefix('http://')}",
    ]
    with (directory / "prometheus.log").open("w") as log:
        process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=dict(os.environ))
    try:
        _wait_ready(prometheus, process, directory / "prometheus.log")
        yield prometheus
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_WITHIN_S)


def _wait_ready(prometheus: Prometheus, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while not _is_ready(prometheus):
        assert process.poll() is None, log.read_text(encoding="utf-8")
        assert time.monotonic() < deadline, "Prometheus is not ready in time"
        time.sleep(POLL_INTERVAL_S)


def _is_ready(prometheus: Prometheus) -> bool:
    try:
        return httpx.get(f"{prometheus.url}/-/ready", timeout=ASK_TIMEOUT_S).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
