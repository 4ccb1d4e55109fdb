"""Where changes of boards are told, on the Redis of job states: by the worker, before the job of the change is done."""

CHANNEL = "boards"  # a message is the id of the board
