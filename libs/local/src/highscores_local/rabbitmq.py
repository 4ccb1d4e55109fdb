"""A private RabbitMQ node: its own name, home, cookie and port mapper, and listeners on loopback alone."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from highscores_local import binaries, probe
from highscores_local.home import Home
from highscores_local.ports import LOOPBACK, Ports
from highscores_local.program import BASE_ENVIRONMENT, Program
from highscores_local.secrets_file import Secrets

USER = "highscores"
VHOST = "/"
NODE = "highscores@localhost"
STOP_WAIT_S = 30
READY_WITHIN_S = 60.0
AMQP_GREETING = b"AMQP\x00\x00\x09\x01"
AMQP_METHOD_FRAME = b"\x01"

# The write-ahead log of the quorum queues is held in memory until it is rolled over; 512 MB, the default, is a lot for
# a small machine.
SETTINGS = """\
listeners.tcp.local = {host}:{amqp}
management.tcp.ip = {host}
management.tcp.port = {management}
prometheus.tcp.ip = {host}
prometheus.tcp.port = {prometheus}
load_definitions = {definitions}
vm_memory_high_watermark.absolute = 1GB
disk_free_limit.absolute = 200MB
raft.wal_max_size_bytes = 67108864
log.console = true
log.console.level = info
log.console.use_colors = off
log.file = false
"""

# The limits of the queues, as `highscores.queue.topology` has them (a test compares): a policy can be changed, the
# arguments of a queue cannot.
LIMITS_NAME = "highscores-limits"
LIMITS_PATTERN = "^(scores|control)(-later)?$"
LIMITS = {"max-length": 200_000, "max-length-bytes": 4 * 1024**3, "delivery-limit": 100}

PLUGINS = "[rabbitmq_management,rabbitmq_prometheus].\n"


@dataclass(frozen=True, slots=True)
class RabbitMQ:
    home: Home
    amqp: int
    management: int
    prometheus: int
    distribution: int
    epmd: int
    secrets: Secrets

    @classmethod
    def on(cls, home: Home, ports: Ports, secrets: Secrets) -> "RabbitMQ":
        return cls(
            home=home,
            amqp=ports.rabbitmq,
            management=ports.rabbitmq_management,
            prometheus=ports.rabbitmq_prometheus,
            distribution=ports.rabbitmq_distribution,
            epmd=ports.epmd,
            secrets=secrets,
        )

    @property
    def directory(self) -> Path:
        return self.home.data / "rabbitmq"

    def configure(self) -> None:
        definitions = self.home.write("rabbitmq-definitions.json", json.dumps(self._definitions()))
        self.home.write(
            "rabbitmq.conf",
            SETTINGS.format(
                host=LOOPBACK,
                amqp=self.amqp,
                management=self.management,
                prometheus=self.prometheus,
                definitions=definitions,
            ),
        )
        self.home.write("rabbitmq.plugins", PLUGINS)
        self.home.write("rabbitmq-env.conf", "# Stands in for /etc/rabbitmq/rabbitmq-env.conf, which is not ours.\n")

    def initialise(self) -> None:
        """The directory and the cookie. The node makes its own database on the first start.

        It takes the definitions (user, virtual host, policies) at each start.
        """
        self.home.user.own(self.directory)
        cookie = self.directory / ".erlang.cookie"
        cookie.unlink(missing_ok=True)
        cookie.touch(mode=0o600)
        cookie.write_text(self.secrets.erlang_cookie, encoding="ascii")
        if self.home.user.prefix:
            os.chown(cookie, self.home.user.uid, self.home.user.gid)
        cookie.chmod(0o400)

    def port_mapper(self) -> Program:
        """Erlang's port mapper in the foreground: a node that finds none starts one that outlives everything."""
        return Program(
            name="epmd",
            argv=(str(binaries.require(binaries.find("epmd"), "epmd")),),
            directory=self.directory,
            check=lambda: probe.tcp(self.epmd),
            environment=self._epmd_environment(),
        )

    def program(self) -> Program:
        return Program(
            name="rabbitmq",
            argv=(str(binaries.require(binaries.find_rabbitmq("rabbitmq-server"), "rabbitmq-server")),),
            directory=self.directory,
            check=self.check,
            environment=self.environment(),
            stop_wait_s=STOP_WAIT_S,
            ready_within_s=READY_WITHIN_S,
        )

    def environment(self) -> dict[str, str]:
        """Everything by which a node, or rabbitmqctl, tells this node from another one on the machine."""
        return {
            **BASE_ENVIRONMENT,
            **self._epmd_environment(),
            "HOME": str(self.directory),
            "ERL_CRASH_DUMP_SECONDS": "0",
            "ERL_AFLAGS": "-start_epmd false",  # there is one, under supervision
            "RABBITMQ_NODENAME": NODE,
            "RABBITMQ_DIST_PORT": str(self.distribution),
            "RABBITMQ_CONF_ENV_FILE": str(self.home.conf / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(self.home.conf / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.home.conf / "rabbitmq.plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.directory / "mnesia"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(self.directory / "config"),
            "RABBITMQ_LOG_BASE": str(self.directory / "log"),
            "RABBITMQ_PID_FILE": str(self.directory / "rabbitmq.pid"),
            # "Allow input" makes the start script become the node instead of staying its parent, so that a signal, -9
            # too, reaches the node; -noinput takes the input away again.
            "RABBITMQ_ALLOW_INPUT": "1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-noinput -kernel inet_dist_use_interface {127,0,0,1}",
        }

    def check(self) -> str | None:
        """Whether clients can log in: the management answers with our password and AMQP greets."""
        return probe.http_ok(self.management, "/api/overview", USER, self.secrets.rabbitmq) or probe.conversation(
            self.amqp, AMQP_GREETING, AMQP_METHOD_FRAME
        )

    def _definitions(self) -> dict[str, object]:
        permission = {"user": USER, "vhost": VHOST, "configure": ".*", "write": ".*", "read": ".*"}
        policy = {
            "vhost": VHOST,
            "name": LIMITS_NAME,
            "pattern": LIMITS_PATTERN,
            "apply-to": "queues",
            "definition": LIMITS,
            "priority": 0,
        }
        return {
            "vhosts": [{"name": VHOST}],
            "users": [{"name": USER, "password": self.secrets.rabbitmq, "tags": "administrator"}],
            "permissions": [permission],
            "policies": [policy],
        }

    def _epmd_environment(self) -> dict[str, str]:
        return {"ERL_EPMD_PORT": str(self.epmd), "ERL_EPMD_ADDRESS": LOOPBACK}
