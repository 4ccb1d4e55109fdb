"""The crowd is the same for the same seed, fits the API's rules, and plays when its region is awake."""

import re
import unicodedata
from collections import Counter
from random import Random

import pytest

from highscores_client.datagen.names import SYLLABLES
from highscores_client.datagen.population import Population
from highscores_client.datagen.regions import HOURS, REGIONS, WORLD_BY_UTC_HOUR

PLAYER_ID = re.compile(r"[A-Za-z0-9._@-]{1,64}")
UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_the_same_seed_gives_the_same_people() -> None:
    assert Population(500, seed=7).players == Population(500, seed=7).players


def test_another_seed_gives_other_people() -> None:
    assert Population(500, seed=7).players != Population(500, seed=8).players


@pytest.mark.parametrize("size", [1, 2, len(REGIONS), 5_000])
def test_every_size_has_so_many_players_with_ids_of_their_own(size: int) -> None:
    players = Population(size, seed=1).players
    assert len({player.id for player in players}) == size
    assert all(PLAYER_ID.fullmatch(player.id) for player in players)


def test_names_are_such_as_the_service_stores_unchanged() -> None:
    for player in Population(5_000, seed=2).players:
        assert unicodedata.is_normalized("NFC", player.name)
        assert 1 <= len(player.name) <= 32
        assert len(player.name.encode()) <= 128
        assert not {unicodedata.category(character) for character in player.name} & UNPRINTABLE


def test_names_come_from_several_alphabets() -> None:
    names = "".join(player.name for player in Population(2_000, seed=3).players)
    scripts = {unicodedata.name(character).split()[0] for character in names if character.isalpha()}
    assert {"LATIN", "CYRILLIC", "GREEK", "HIRAGANA", "HANGUL", "DEVANAGARI", "ARABIC"} <= scripts
    assert len(SYLLABLES) == 7


def test_players_live_where_the_weights_say() -> None:
    homes = Counter(player.region for player in Population(20_000, seed=4).players)
    whole = sum(region.weight for region in REGIONS)
    for region in REGIONS:
        assert homes[region.id] / 20_000 == pytest.approx(region.weight / whole, abs=0.012)


def test_practice_leads_upwards() -> None:
    assert all(0 <= player.start < player.talent <= 1 for player in Population(2_000, seed=5).players)


def test_a_few_players_play_most() -> None:
    population, random = Population(2_000, seed=6), Random(6)
    plays = Counter(population.pick(random, hour % HOURS) for hour in range(20_000))
    busiest = sum(count for _, count in plays.most_common(200))
    assert 0.25 < busiest / 20_000 < 0.75


def test_a_region_plays_in_its_own_evening() -> None:
    population, random = Population(2_000, seed=7), Random(7)

    def share_of_japan(utc_hour: int) -> float:
        picks = [population.players[population.pick(random, utc_hour)].region for _ in range(4_000)]
        return picks.count("jp") / len(picks)

    assert share_of_japan(12) > 3 * share_of_japan(20)  # 21 o'clock and 5 o'clock in Tokyo


def test_the_hours_of_the_world_average_to_one() -> None:
    assert sum(WORLD_BY_UTC_HOUR) / HOURS == pytest.approx(1.0)


def test_nobody_is_no_population() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Population(0, seed=1)
