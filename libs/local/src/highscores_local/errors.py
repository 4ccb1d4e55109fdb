"""The one exception of this package: its text is what the person at the terminal reads."""


class StackError(Exception):
    """Something a person can act on. The text says what happened and what to do about it; no traceback is shown."""
