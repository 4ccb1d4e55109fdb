"""What every folder of tests shares: the `servers` and `stack` fixtures, started on first use."""

pytest_plugins = ["tests.servers", "tests.stack"]
