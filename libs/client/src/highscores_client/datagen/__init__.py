"""Data that looks like people playing: for demos, for load, and to fill a board with a past."""
