"""How jobs ended, as Redis remembers it for a while."""
