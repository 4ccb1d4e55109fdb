"""Side-by-side benchmarks: `make bench` measures what the goals are about on this machine and prints the ratios."""
