import socket

import pytest

from highscores_local.errors import StackError
from highscores_local.ports import LOOPBACK, Ports, free_ports, is_taken


def test_without_variables_the_page_is_8080_and_the_rest_is_above_8100() -> None:
    ports = Ports.from_environment({})

    assert (ports.page, ports.post_score, ports.worker_health, ports.postgres) == (8080, 8101, 8114, 8132)


def test_one_variable_moves_the_page_and_one_all_the_rest() -> None:
    ports = Ports.from_environment({"HIGHSCORES_PORT": "9080", "HIGHSCORES_BASE_PORT": "9100"})

    assert (ports.page, ports.post_score, ports.redis_documents) == (9080, 9101, 9180)


@pytest.mark.parametrize("text", ["80", "65436", "-1", "8080.5", "x", "٨٠٨٠"])
def test_a_base_that_is_no_usable_port_is_refused_by_name(text: str) -> None:
    with pytest.raises(StackError, match="HIGHSCORES_BASE_PORT"):
        Ports.from_environment({"HIGHSCORES_BASE_PORT": text})


def test_a_page_on_the_port_of_something_else_is_refused() -> None:
    with pytest.raises(StackError, match="HIGHSCORES_PORT=9180 is the port of redis_documents"):
        Ports.from_environment({"HIGHSCORES_PORT": "9180", "HIGHSCORES_BASE_PORT": "9100"})


def test_free_ports_are_all_different() -> None:
    values = list(free_ports().by_name().values())

    assert len(set(values)) == len(values)


def test_a_taken_port_is_named_with_the_variable_that_moves_it() -> None:
    ports = free_ports()
    with socket.create_server((LOOPBACK, ports.postgres)):
        assert is_taken(ports.postgres)
        with pytest.raises(StackError, match=rf"{ports.postgres} \(postgres\): move it with HIGHSCORES_BASE_PORT"):
            ports.refuse_taken()
    assert not is_taken(ports.postgres)
