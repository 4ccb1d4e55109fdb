"""TLS as the settings of a server ask for it, for the drivers that take a context."""

import ssl

from highscores.process.settings import TlsSettings


def create_context(settings: TlsSettings) -> ssl.SSLContext | None:
    """Return what to connect with, or None when the server is to be spoken to in the clear."""
    if settings.tls == "disable":
        return None
    context = ssl.create_default_context(cafile=settings.ca_file)
    if settings.tls == "require":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
