"""What keeps the documents in Redis as new as the standings in PostgreSQL."""
