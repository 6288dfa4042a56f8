"""500 messages delivered 5 times each, shuffled, over 8 connections: each is kept once."""

from __future__ import annotations

from pathlib import Path

from postgres import Cluster

from bench import deliveries


def _right(outcome: deliveries.Outcome) -> None:
    print(deliveries.told([outcome]))
    assert (outcome.messages, outcome.deliveries) == (500, 2500)
    assert outcome.same == outcome.deliveries
    assert outcome.right, outcome


def test_each_message_is_kept_once_by_one_server_on_sqlite(tmp_path: Path) -> None:
    _right(deliveries.on_sqlite(tmp_path))


def test_each_message_is_kept_once_by_two_servers_on_postgresql(
    postgres: Cluster, tmp_path: Path
) -> None:
    url = postgres.url()
    try:
        _right(deliveries.on_postgres(url, tmp_path))
    finally:
        postgres.drop(url)
