"""Turns and waiting lines: fair between visitors, bounded, and nobody works for who has gone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from vidgen.turns import CURRENT, OWNER, Gone, Ticket, Turns
from vidgen.ui.line import Busy, Line

PATIENCE = 20.0  # seconds that a busy machine may take


@pytest.fixture(autouse=True)
def owner() -> Iterator[None]:
    token = CURRENT.set(OWNER)
    yield
    CURRENT.reset(token)


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def held_line(**numbers: float) -> Line:
    return Line(
        "clips", **({"places": 1, "long_places": 1, "long": 100, "most": 5, "each": 4} | numbers)
    )


class Crowd:
    """Visitors in a line: who was served, in order, and who was refused."""

    def __init__(self, line: Line) -> None:
        self.line, self.served, self.refused = line, [], []
        self.threads: list[threading.Thread] = []
        self.release = threading.Event()

    def come(self, name: str, session: str, cost: float = 1, address: str = "a", **more) -> None:
        """Somebody comes, and is in the line or refused when this returns."""
        before = len(self.line) + len(self.served) + len(self.refused)
        ticket = Ticket(address, session, cost, **more)

        def wait() -> None:
            try:
                with self.line.place(ticket):
                    self.served.append(name)
                    if name == "first":
                        self.release.wait(PATIENCE)
            except ValueError as error:
                self.refused.append((name, error))

        self.threads.append(threading.Thread(target=wait, daemon=True))
        self.threads[-1].start()
        wait_until(lambda: len(self.line) + len(self.served) + len(self.refused) != before)

    def end(self) -> None:
        self.release.set()
        for thread in self.threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()


def test_somebody_with_little_goes_before_a_visitor_with_much():
    crowd = Crowd(held_line(most=20))
    crowd.come("first", "greedy", 50)
    for number in range(3):
        crowd.come(f"greedy {number}", "greedy", 50)
    crowd.come("modest", "modest", 8)
    crowd.end()
    assert crowd.served[:2] == ["first", "modest"] and len(crowd.served) == 5


def test_an_address_with_many_sessions_has_no_more_than_one_with_one():
    crowd = Crowd(held_line(most=20))
    crowd.come("first", "0", 50, "many")
    for number in range(1, 8):
        crowd.come(f"many {number}", str(number), 50, "many")
    crowd.come("one", "one", 50, "one")
    crowd.end()
    assert crowd.served[1] == "one"


def test_short_work_goes_while_all_long_places_are_taken():
    line = held_line(places=2, long_places=1)
    crowd = Crowd(line)
    crowd.come("first", "a", 1000)
    crowd.come("long", "b", 1000)
    crowd.come("short", "c", 10)
    wait_until(lambda: "short" in crowd.served)
    assert crowd.served == ["first", "short"]
    crowd.end()


def test_one_session_has_so_much_in_the_making_and_no_more():
    crowd = Crowd(held_line(each=4))
    crowd.come("first", "a", 1000)
    for number in range(8):
        crowd.come(str(number), "a", 1000)
    assert len(crowd.refused) == 5 and len(crowd.line) == 3
    for _, error in crowd.refused:
        assert isinstance(error, Busy)
        assert str(error).startswith("A visitor may have 4 clips in the making. Try again in")
    crowd.end()


def test_when_it_is_full_the_last_in_order_is_refused_and_not_the_newest():
    crowd = Crowd(held_line(most=5, each=2))
    crowd.come("first", "0", 50)
    for number in range(1, 9):
        crowd.come(str(number), str(number), 50)
    assert len(crowd.line) == 5 and len(crowd.refused) == 3
    crowd.come("modest", "modest", 1)
    wait_until(lambda: len(crowd.refused) == 4)
    assert "modest" not in dict(crowd.refused)
    for _, error in crowd.refused:
        assert "Try again in about" in str(error)
    crowd.end()
    assert crowd.served[1] == "modest"


def test_long_work_is_not_put_off_for_ever():
    line = held_line(most=50)
    crowd = Crowd(line)
    crowd.come("first", "0")
    crowd.come("long", "long", 60)
    time.sleep(3.5)  # makes up for a cost of 70
    crowd.come("short", "short", 1)
    crowd.end()
    assert crowd.served == ["first", "long", "short"]


def test_nobody_waits_or_draws_for_who_has_gone():
    crowd = Crowd(held_line())
    crowd.come("first", "a")
    here = True
    crowd.come("leaver", "b", wanted=lambda: here)
    here = False
    wait_until(lambda: bool(crowd.refused))
    assert isinstance(crowd.refused[0][1], Gone) and len(crowd.line) == 0
    crowd.end()
    with pytest.raises(Gone), crowd.line.place(Ticket(wanted=lambda: False)):
        pass


def test_a_lock_goes_round_among_sessions():
    turns, order, threads = Turns(), [], []

    def draw(name: str, chunks: int) -> None:
        CURRENT.set(Ticket("a", name))
        for _ in range(chunks):
            with turns:
                order.append(name)
                time.sleep(0.01)

    CURRENT.set(Ticket("a", "holder"))
    with turns:
        for name, chunks in [("long", 30), ("long", 30), ("long", 30), ("short", 3)]:
            threads.append(threading.Thread(target=draw, args=(name, chunks), daemon=True))
            threads[-1].start()
        wait_until(lambda: len(turns._waiting) == 4)
    for thread in threads:
        thread.join(PATIENCE)
    last = max(number for number, name in enumerate(order) if name == "short")
    assert len(order) == 93 and last < 20, order


def test_a_lock_is_not_given_to_work_that_nobody_wants():
    turns, wanted = Turns(), [True]
    CURRENT.set(Ticket(wanted=lambda: wanted[0]))
    with turns:
        pass
    wanted[0] = False
    with pytest.raises(Gone), turns:
        pass
    CURRENT.set(Ticket())
    with turns:
        pass
