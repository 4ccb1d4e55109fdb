"""What every folder of tests shares: the `servers` fixture, started on first use."""

pytest_plugins = ["tests.servers"]
