"""How jobs end: recorded in PostgreSQL, and told to Redis."""
