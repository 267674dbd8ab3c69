"""Failures are limited by where they come from, and a stranger elsewhere locks nobody out."""

from datetime import UTC, datetime, timedelta

import pytest

from carnet.channels.oauth2 import failures
from carnet.channels.oauth2.failures import FailureLimit, network_of

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def fail(limit, address, client, times):
    for _ in range(times):
        limit.failed(address, client, now=NOW)


def test_ten_failures_hold_a_client_at_that_address_only():
    limit = FailureLimit()
    fail(limit, "192.0.2.1", "hopital", 9)
    assert limit.blocked("192.0.2.1", "hopital", now=NOW) is None
    fail(limit, "192.0.2.1", "hopital", 1)
    held = limit.blocked("192.0.2.1", "hopital", now=NOW)
    assert held is not None
    assert 1 <= held.retry_after_seconds <= 61
    assert limit.blocked("198.51.100.7", "hopital", now=NOW) is None
    assert limit.blocked("192.0.2.1", "laboratoire", now=NOW) is None


def test_the_hold_ends_with_its_window_and_is_announced_once():
    limit = FailureLimit()
    fail(limit, "192.0.2.1", "hopital", 10)
    first, second = (limit.blocked("192.0.2.1", "hopital", now=NOW) for _ in range(2))
    assert first is not None
    assert second is not None
    assert (first.is_first, second.is_first) == (True, False)
    later = NOW + timedelta(seconds=first.retry_after_seconds)
    assert limit.blocked("192.0.2.1", "hopital", now=later) is None
    limit.failed("192.0.2.1", "hopital", now=later)
    assert limit.blocked("192.0.2.1", "hopital", now=later) is None


def test_changing_names_does_not_help_but_a_neighbour_who_had_signed_in_goes_on():
    limit = FailureLimit()
    limit.succeeded("192.0.2.1", "laboratoire")
    for number in range(60):
        limit.failed("192.0.2.1", f"essai-{number}", now=NOW)
    assert limit.blocked("192.0.2.1", "encore-un", now=NOW) is not None
    assert limit.blocked("192.0.2.1", "laboratoire", now=NOW) is None
    fail(limit, "192.0.2.1", "laboratoire", 10)
    assert limit.blocked("192.0.2.1", "laboratoire", now=NOW) is not None


def test_the_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(failures, "_REMEMBERED", 20)
    limit = FailureLimit()
    for number in range(100):
        limit.failed(f"192.0.2.{number}", "x", now=NOW)
        limit.succeeded(f"192.0.2.{number}", "x")
    assert len(limit._counts) == 20
    assert len(limit._trusted) == 20


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("testclient", "testclient"),
        (None, "unknown"),
    ],
)
def test_what_one_sender_holds(address, expected):
    assert network_of(address) == expected
