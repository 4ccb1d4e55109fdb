"""A private PostgreSQL: settings for a small machine, and durable, because a 202 is a promise."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from highscores_local import binaries
from highscores_local.errors import StackError
from highscores_local.home import Home
from highscores_local.ports import LOOPBACK
from highscores_local.program import BASE_ENVIRONMENT, Program
from highscores_local.secrets_file import Secrets

SUPERUSER = "postgres"
DATABASE = "highscores"
OWNER = "highscores_owner"
WRITER = "highscores_writer"
READER = "highscores_reader"
INITDB_TIMEOUT_S = 60
PSQL_TIMEOUT_S = 15
CONNECT_TIMEOUT_S = 2
STOP_WAIT_S = 30
READY_WITHIN_S = 60.0  # recovery after a crash reads the log back

SETTINGS = """\
listen_addresses = '{host}'
port = {port}
unix_socket_directories = ''
hba_file = '{hba}'
password_encryption = 'scram-sha-256'
max_connections = 100
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 16MB
maintenance_work_mem = 128MB
random_page_cost = 1.1
jit = off
fsync = on
synchronous_commit = on
full_page_writes = on
wal_compression = on
min_wal_size = 128MB
max_wal_size = 2GB
checkpoint_timeout = 15min
idle_in_transaction_session_timeout = 60s
log_timezone = 'UTC'
timezone = 'UTC'
log_line_prefix = '%m [%p] %e %q%u '
log_min_duration_statement = 1s
# No parameters, no rows, no texts of statements that failed: what players sent stays out of the log.
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_error_verbosity = terse
log_min_error_statement = panic
log_lock_waits = on
"""

ACCESS = f"""\
# type  database  user  address         method
host    all       all   {LOOPBACK}/32    scram-sha-256
"""

# Whatever exists stays; the passwords become ours in any case.
ROLES_AND_DATABASE = """\
select format('create role %I', wanted)
  from unnest(array['highscores_owner', 'highscores_writer', 'highscores_reader']) as wanted
 where not exists (select from pg_roles where rolname = wanted) \\gexec
alter role highscores_owner login password :'owner_password';
alter role highscores_writer login password :'writer_password';
alter role highscores_reader login password :'reader_password';
select 'create database highscores owner highscores_owner'
 where not exists (select from pg_database where datname = 'highscores') \\gexec
revoke all on database highscores from public;
grant connect on database highscores to highscores_writer, highscores_reader;
"""


@dataclass(frozen=True, slots=True)
class Postgres:
    home: Home
    port: int
    secrets: Secrets

    @property
    def directory(self) -> Path:
        return self.home.data / "postgres"

    def configure(self) -> None:
        """Write the settings. They stay outside the data directory, so that they can change without touching it."""
        access = self.home.write("pg_hba.conf", ACCESS)
        self.home.write("postgresql.conf", SETTINGS.format(host=LOOPBACK, port=self.port, hba=access))

    def initialise(self) -> None:
        """Create the cluster, once. An initdb that was cut short leaves no PG_VERSION and is begun again."""
        if self._version() is not None:
            return
        self.home.user.own(self.directory)
        password = self.home.write("postgres.password", self.secrets.postgres_superuser + "\n")
        try:
            self._run(
                [
                    str(self._binary("initdb")),
                    f"--pgdata={self.directory}",
                    f"--username={SUPERUSER}",
                    f"--pwfile={password}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C.UTF-8",
                    "--data-checksums",
                ],
                timeout_s=INITDB_TIMEOUT_S,
            )
        finally:
            password.unlink()

    def program(self) -> Program:
        return Program(
            name="postgres",
            argv=(
                str(self._binary("postgres")),
                "-D",
                str(self.directory),
                "-c",
                f"config_file={self.home.conf / 'postgresql.conf'}",
            ),
            directory=self.directory,
            check=self.check,
            stop_signal="INT",  # a fast shutdown: TERM would wait for every client to leave
            stop_wait_s=STOP_WAIT_S,
            ready_within_s=READY_WITHIN_S,
        )

    def check(self) -> str | None:
        try:
            self.query("select 1")
        except StackError as error:
            return str(error)
        return None

    def create_database(self) -> None:
        """The database and its three roles of least privilege; repeating it changes nothing."""
        self.query(
            ROLES_AND_DATABASE,
            variables={
                "owner_password": self.secrets.postgres_owner,
                "writer_password": self.secrets.postgres_writer,
                "reader_password": self.secrets.postgres_reader,
            },
        )

    def query(self, sql: str, database: str = SUPERUSER, variables: Mapping[str, str] | None = None) -> str:
        """Run `sql` as the superuser through psql and return what it prints.

        `variables` are psql's (:'name' quotes them). They travel by standard input as the SQL does, and the superuser's
        password by the environment: an argument could be read by everybody on the machine.
        """
        settings = "".join(f"\\set {name} '{value}'\n" for name, value in (variables or {}).items())
        return self._run(
            [
                str(self._binary("psql")),
                "--no-psqlrc",
                "--quiet",
                "--tuples-only",
                "--no-align",
                "--set=ON_ERROR_STOP=1",
                f"--host={LOOPBACK}",
                f"--port={self.port}",
                f"--username={SUPERUSER}",
                f"--dbname={database}",
            ],
            timeout_s=PSQL_TIMEOUT_S,
            stdin=settings + sql,
            environment={"PGPASSWORD": self.secrets.postgres_superuser, "PGCONNECT_TIMEOUT": str(CONNECT_TIMEOUT_S)},
        )

    def _run(self, argv: list[str], timeout_s: int, stdin: str = "", environment: dict[str, str] | None = None) -> str:
        try:
            result = subprocess.run(
                self.home.user.wrap(argv),
                input=stdin,
                cwd=self.home.data if self.home.data.exists() else "/",
                env={**BASE_ENVIRONMENT, "HOME": str(self.home.run), **(environment or {})},
                timeout=timeout_s,
                capture_output=True,
                text=True,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise StackError(f"{Path(argv[0]).name} took longer than {timeout_s} s") from error
        if result.returncode != 0:
            raise StackError(f"{Path(argv[0]).name}: {result.stderr.strip()[-600:]}")
        return result.stdout

    def _version(self) -> int | None:
        """The major version that made the data, None if there is none yet. As root, the file is ours to read."""
        file = self.directory / "PG_VERSION"
        return int(file.read_text(encoding="ascii")) if file.exists() else None

    def _binary(self, name: str) -> Path:
        """The program of the version that made the data: no other can read it."""
        version = self._version()
        program = binaries.find_postgres(name, version)
        if program is None and version is not None:
            raise StackError(
                f"{self.directory} was made by PostgreSQL {version}, which is no longer installed. Install the package "
                f"postgresql-{version}, or start afresh with `make reset`."
            )
        return binaries.require(program, name)
