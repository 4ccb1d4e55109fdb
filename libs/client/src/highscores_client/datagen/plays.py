"""Plays: who submits which score where, one after the other, as sessions of practising players make them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from math import exp
from random import Random

from highscores_client.datagen.population import Population
from highscores_client.datagen.regions import HOURS
from highscores_client.datagen.scoring import scorer, subscores
from highscores_client.results import Board, Submission

SECONDS_PER_HOUR = 3600
# Of all plays, the share that goes on with a session: a session has 1 / (1 - share) plays on average.
SESSION_GOES_ON = 0.7
SESSION_GAP_MAX_S = 1800.0  # who has not played for so long has left
SESSIONS_AT_ONCE_MAX = 256
# Of all sessions, the share on the board that the player likes best.
FAVOURITE_BOARD = 0.7
# The spread of one player's plays, against skill that lies between 0 and 1.
LUCK = 0.12
# How steeply skill and luck turn into quality: the logistic curve nears 0 and 1 without reaching them, so that no two
# players meet at the end of the scale. Skill 0 gives a quality of 0.08, skill 1 of 0.92.
STEEPNESS = 5.0


class Plays:
    """Makes submissions at the times it is given, in order of time. The same seed and times give the same ones."""

    def __init__(self, population: Population, boards: Sequence[Board], random: Random) -> None:
        self._players = population.players
        self._pick = population.pick
        self._boards = [(board, scorer(board)) for board in boards]
        self._random = random
        # How often each player has played each board: practice on one does not help on another.
        self._played = [0] * (len(self._players) * len(boards))
        # A session is a player, a board and the time of the last play.
        self._sessions: list[tuple[int, int, float]] = []

    def at(self, time_s: float, *, dated: bool = False) -> Submission:
        """Return the next submission, made at this time (seconds since the Unix epoch), which `dated` ones carry."""
        random = self._random
        number, board_number = self._player_and_board(time_s)
        player = self._players[number]
        practised = number * len(self._boards) + board_number
        played = self._played[practised]
        self._played[practised] = played + 1
        skill = player.talent - (player.talent - player.start) * exp(-played / player.practice)
        quality = 1.0 / (1.0 + exp(STEEPNESS * (0.5 - random.gauss(skill, LUCK))))
        board, score = self._boards[board_number]
        return Submission(
            board.board,
            player.id,
            score(quality),
            player.name,
            player.region if board.regions else None,
            None,
            datetime.fromtimestamp(time_s, UTC) if dated else None,
            subscores(board, quality, random),
        )

    def _player_and_board(self, time_s: float) -> tuple[int, int]:
        random, sessions = self._random, self._sessions
        if sessions and random.random() < SESSION_GOES_ON:
            index = int(random.random() * len(sessions))
            number, board, last_s = sessions[index]
            if time_s - last_s <= SESSION_GAP_MAX_S:
                sessions[index] = (number, board, time_s)
                return number, board
            sessions[index] = sessions[-1]
            sessions.pop()
        number = self._pick(random, int(time_s // SECONDS_PER_HOUR) % HOURS)
        boards = len(self._boards)
        liked = random.random() < FAVOURITE_BOARD
        board = number % boards if liked else int(random.random() * boards)
        if len(sessions) >= SESSIONS_AT_ONCE_MAX:
            sessions[int(random.random() * len(sessions))] = (number, board, time_s)
        else:
            sessions.append((number, board, time_s))
        return number, board
