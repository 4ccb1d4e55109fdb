"""The rules of leaderboards as plain values: no I/O, no clock, no driver."""
