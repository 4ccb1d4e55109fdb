"""The players: who they are, how good they are, and who is playing at an hour of the day."""

from bisect import bisect_right
from itertools import accumulate
from random import Random

import msgspec

from highscores_client.datagen.names import display_name, handle
from highscores_client.datagen.regions import HOURS, REGIONS

# Zipf-Mandelbrot: the few most active players make most of the submissions, though none of them drowns the rest.
ZIPF_EXPONENT = 0.8
ZIPF_SHIFT = 20.0
# A learning curve (exponential law of practice): the plays after which two thirds of the talent are reached.
PRACTICE_PLAYS = 40.0


class Player(msgspec.Struct, frozen=True):
    """`start` and `talent` are the skill of the first play and the one that practice leads to, each 0 to 1."""

    id: str
    name: str
    region: str
    start: float
    talent: float
    practice: float = PRACTICE_PLAYS


class Population:
    """A fixed set of players; the same seed and size give the same people."""

    def __init__(self, size: int, seed: int) -> None:
        if size < 1:
            raise ValueError("a population has at least one player")
        random = Random(f"{seed}:population")
        # One player of each region first, as far as they go, so that no region is asked for a player it lacks.
        indices = list(range(len(REGIONS)))
        weights = [region.weight for region in REGIONS]
        homes = (indices + random.choices(indices, weights, k=size))[:size]
        random.shuffle(homes)
        self.players = [_player(random, number, home) for number, home in enumerate(homes)]
        self._by_region: list[list[int]] = [[] for _ in REGIONS]
        for number, home in enumerate(homes):
            self._by_region[home].append(number)
        # The number of a player is its rank by activity: it says nothing of region or talent.
        self._activity = [
            list(accumulate((number + ZIPF_SHIFT) ** -ZIPF_EXPONENT for number in numbers))
            for numbers in self._by_region
        ]
        self._regions_by_hour = [
            list(
                accumulate(
                    region.activity(hour) if numbers else 0.0
                    for region, numbers in zip(REGIONS, self._by_region, strict=True)
                )
            )
            for hour in range(HOURS)
        ]

    def pick(self, random: Random, utc_hour: int) -> int:
        """Return the number of a player who might well start playing in this hour."""
        by_hour = self._regions_by_hour[utc_hour]
        home = bisect_right(by_hour, random.random() * by_hour[-1])
        activity = self._activity[home]
        return self._by_region[home][bisect_right(activity, random.random() * activity[-1])]


def _player(random: Random, number: int, home: int) -> Player:
    region = REGIONS[home]
    alphabet = random.choices(list(region.alphabets), list(region.alphabets.values()))[0]
    talent = random.betavariate(4.0, 4.0)
    return Player(
        id=f"{handle(random)}-{number:x}",
        name=display_name(random, alphabet),
        region=region.id,
        start=talent * random.uniform(0.2, 0.7),
        talent=talent,
        practice=PRACTICE_PLAYS * random.uniform(0.3, 2.5),
    )
