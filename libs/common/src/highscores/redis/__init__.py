"""Connections to Redis, single or cluster, and the function libraries that live in it."""
