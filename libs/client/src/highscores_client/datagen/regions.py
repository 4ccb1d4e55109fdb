"""Where players live, how many of them, what they write in, and when they play."""

from collections.abc import Mapping

import msgspec

from highscores_client.datagen.names import Alphabet

HOURS = 24

# Share of a day's play in each local hour, from midnight: few at dawn, a dip at school and work, a peak after dinner.
PLAY_BY_LOCAL_HOUR = (
    *(2.2, 1.3, 0.8, 0.5, 0.4, 0.5, 0.9, 1.6, 2.0, 2.3, 2.8, 3.3),
    *(4.2, 4.0, 3.8, 4.2, 5.2, 6.2, 7.0, 8.2, 9.6, 10.2, 8.4, 5.0),
)


class Region(msgspec.Struct, frozen=True):
    """`weight` is the share of players; `utc_offset_h` the whole hours that its clocks are ahead, in winter."""

    id: str
    weight: float
    utc_offset_h: int
    alphabets: Mapping[Alphabet, float]

    def activity(self, utc_hour: int) -> float:
        """Return how much this region plays in a UTC hour: its weight, times 1 on the average of a day."""
        local = PLAY_BY_LOCAL_HOUR[(utc_hour + self.utc_offset_h) % HOURS]
        return self.weight * local * HOURS / _DAY


_DAY = sum(PLAY_BY_LOCAL_HOUR)

REGIONS = (
    Region("eu-west", 0.20, 1, {"latin": 1.0}),
    Region("eu-north", 0.07, 1, {"latin": 1.0}),
    Region("eu-south", 0.08, 2, {"latin": 0.6, "greek": 0.4}),
    Region("eu-east", 0.11, 3, {"cyrillic": 0.6, "latin": 0.4}),
    Region("na-east", 0.16, -5, {"latin": 1.0}),
    Region("na-west", 0.10, -8, {"latin": 1.0}),
    Region("latam", 0.09, -3, {"latin": 1.0}),
    Region("jp", 0.06, 9, {"kana": 0.7, "latin": 0.3}),
    Region("kr", 0.05, 9, {"hangul": 0.7, "latin": 0.3}),
    Region("in", 0.04, 5, {"devanagari": 0.4, "latin": 0.6}),
    Region("mena", 0.02, 3, {"arabic": 0.6, "latin": 0.4}),
    Region("oceania", 0.02, 10, {"latin": 1.0}),
)

# How busy the whole world is in each UTC hour, 1 on the average of a day.
WORLD_BY_UTC_HOUR = tuple(
    sum(region.activity(hour) for region in REGIONS) / sum(region.weight for region in REGIONS) for hour in range(HOURS)
)
