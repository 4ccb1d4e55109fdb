"""The measurements, one module each: `run(bench)` returns the rows that it adds to the table."""
