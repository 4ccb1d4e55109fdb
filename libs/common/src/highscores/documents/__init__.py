"""Redis, the read side: documents. All of it can be thrown away and comes back by itself."""
