"""The names of time zones: those of the IANA database, in the version that the service is installed with.

The machine's own list has further names, which mean something else on another machine or in no database at all:
`localtime`, `posixrules`, `right/…` (which count leap seconds), `posix/…`.
"""

from importlib.resources import files

_NO_PLACE = "Factory"  # in the database, and by its definition the zone of a clock that nobody has set

TIMEZONES = frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()) - {_NO_PLACE}
