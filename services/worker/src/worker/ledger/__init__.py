"""PostgreSQL as the worker alone uses it: writes tried again, buckets looked up, tables kept up and counted."""
