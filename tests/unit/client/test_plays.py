"""Plays: repeatable, practising, in sessions, and fit for each board."""

from datetime import UTC, datetime
from random import Random
from statistics import mean

from highscores_client.datagen.plays import Plays
from highscores_client.datagen.population import Population
from highscores_client.results import Board, Submission, SubScore

ARCADE = Board(board="arcade", title="Arcade", regions=True)
STEPS = Board(board="steps", title="Steps", unit="steps", operator="sum")
START_S = 1_790_000_000.0


def plays(seed: int = 1, *, players: int = 200, boards: tuple[Board, ...] = (ARCADE, STEPS)) -> Plays:
    return Plays(Population(players, seed=1), boards, Random(seed))


def made(source: Plays, count: int, *, gap_s: float = 1.0) -> list[Submission]:
    return [source.at(START_S + gap_s * number) for number in range(count)]


def test_the_same_seed_gives_the_same_plays() -> None:
    assert made(plays(5), 300) == made(plays(5), 300)


def test_another_seed_gives_other_plays_of_the_same_people() -> None:
    one, other = made(plays(5), 300), made(plays(6), 300)
    assert one != other
    assert {play.player for play in one} & {play.player for play in other}


def test_a_player_has_one_name_everywhere() -> None:
    names: dict[str, set[str | None]] = {}
    for play in made(plays(), 2_000):
        names.setdefault(play.player, set()).add(play.name)
    assert all(len(found) == 1 for found in names.values())


def test_only_boards_with_regions_are_told_the_region() -> None:
    for play in made(plays(), 500):
        assert (play.region is not None) == (play.board == "arcade")


def test_a_dated_play_carries_its_time_and_another_none() -> None:
    source = plays()
    assert source.at(START_S, dated=True).achieved_at == datetime.fromtimestamp(START_S, UTC)
    assert source.at(START_S).achieved_at is None


def test_practice_shows() -> None:
    scores = [play.score for play in made(plays(players=1, boards=(STEPS,)), 600)]
    assert mean(scores[-200:]) > 1.1 * mean(scores[:20])


def test_plays_follow_each_other_in_sessions() -> None:
    crowded = [play.player for play in made(plays(players=2_000), 400)]
    lonely = [play.player for play in made(plays(players=2_000), 400, gap_s=3_600)]
    assert len(set(crowded)) < 0.6 * len(set(lonely))


def test_no_two_players_meet_at_the_end_of_the_scale() -> None:
    scores = [play.score for play in made(plays(), 3_000) if play.board == "arcade"]
    assert min(scores) > 500
    assert max(scores) < 2_000_000


def test_a_play_has_all_sub_scores_of_its_board() -> None:
    golf = Board(board="golf", title="Golf", subscores=(SubScore("putts", "asc"), SubScore("birdies")))
    found = made(plays(boards=(golf, ARCADE)), 500)
    assert {(play.board, len(play.subscores)) for play in found} == {("golf", 2), ("arcade", 0)}
    assert {value for play in found for value in play.subscores} <= set(range(21))
