"""The one error for "not now": a server that is needed cannot be asked, or has not answered in time."""


class UnavailableError(Exception):
    """Nothing is wrong with the request: the same request can succeed later."""
