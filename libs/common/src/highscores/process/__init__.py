"""What every process has: settings, logs, metrics, health, readiness, and its life from start to end."""
