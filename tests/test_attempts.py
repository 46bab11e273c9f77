"""How often a password may be tried: guessing ends soon, and nobody locks a colleague out by it."""

from __future__ import annotations

import pytest

from metrics.web.attempts import Attempts

HERE, ELSEWHERE = "10.1.1.1", "10.2.2.2"


@pytest.fixture
def attempts() -> Attempts:
    return Attempts("secret")


def tried(attempts: Attempts, times: int, *, name: str = "张三", address: str = HERE, device: str = "") -> list[bool]:
    return [attempts.allowed(name, address, device) for _ in range(times)]


def test_five_tries_from_one_place_and_no_more(attempts: Attempts) -> None:
    assert tried(attempts, 6) == [True] * 5 + [False]


def test_the_account_is_still_tried_from_elsewhere_and_others_from_here(attempts: Attempts) -> None:
    tried(attempts, 9)
    assert tried(attempts, 1, address=ELSEWHERE) == [True]
    assert tried(attempts, 1, name="李四") == [True]


def test_who_tries_many_names_from_one_place_is_stopped_too(attempts: Attempts) -> None:
    assert [attempts.allowed(f"name{number}", HERE, "") for number in range(31)] == [True] * 30 + [False]


def test_a_browser_that_has_been_signed_in_is_not_stopped_by_others_behind_its_address(attempts: Attempts) -> None:
    device = attempts.device("张三")
    tried(attempts, 40)
    assert tried(attempts, 11, device=device) == [True] * 10 + [False]


def test_such_a_browser_counts_for_its_own_account_only(attempts: Attempts) -> None:
    device = attempts.device("李四")
    assert tried(attempts, 6, device=device) == [True] * 5 + [False]


@pytest.mark.parametrize(
    "device", ["x", "", "张三", pytest.param(Attempts("another secret").device("张三"), id="signed by another board")]
)
def test_no_browser_can_say_that_of_itself(attempts: Attempts, device: str) -> None:
    assert tried(attempts, 6, device=device) == [True] * 5 + [False]


def test_after_the_right_password_what_was_tried_before_counts_no_more(attempts: Attempts) -> None:
    tried(attempts, 5)
    attempts.forget("张三", HERE, "")
    assert tried(attempts, 6) == [True] * 5 + [False]


def test_the_right_password_does_not_open_the_address_for_guessing_others(attempts: Attempts) -> None:
    for number in range(30):
        attempts.allowed(f"name{number}", HERE, "")
    attempts.forget("name1", HERE, "")
    assert tried(attempts, 1) == [False]
