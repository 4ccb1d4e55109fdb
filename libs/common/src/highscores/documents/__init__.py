"""Redis, the read side: documents and job states. All of it can be thrown away and comes back by itself."""
