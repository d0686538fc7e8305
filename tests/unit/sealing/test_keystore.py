"""The key store keeps what it has answered, whoever else asks at the same moment."""

from __future__ import annotations

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.runtime.machine_faults import MACHINE_FAULTS
from services.sealing.keystore import KeyStore


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/keys/keys.db"


def test_a_name_keeps_its_key(url: str) -> None:
    """A key that was answered once is answered again, also by another process's store."""
    made = KeyStore(url).get_or_create(["~a", "~b", "~a"])
    assert set(made) == {"~a", "~b"}
    assert made["~a"] != made["~b"]
    assert made == KeyStore(url).get_or_create(["~b", "~a"])


def test_workers_that_meet_a_person_together_get_one_key(url: str) -> None:
    """Eight stores that ask for the same new names at once answer the same keys."""
    KeyStore(url).close()
    names = [f"~{n}" for n in range(200)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: KeyStore(url).get_or_create(names), range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert len(set(answers[0].values())) == len(names)


def test_get_makes_nothing(url: str) -> None:
    """Looking for a key that does not exist leaves it out and does not create it."""
    store = KeyStore(url)
    assert store.get(["~nobody"]) == {}
    assert list(store.names()) == []


def test_a_destroyed_key_is_gone_from_every_store_and_from_the_file(url: str, tmp_path: Path) -> None:
    """After ``destroy`` no store answers the key, no file of the store contains its bytes, and none makes it anew."""
    store, other = KeyStore(url), KeyStore(url)
    key = store.get_or_create(["~a"])["~a"]
    assert other.get(["~a"]) == {"~a": key}
    assert any(key in file.read_bytes() for file in (tmp_path / "keys").iterdir())
    assert store.destroy("~a")
    assert not store.destroy("~a")
    assert other.get(["~a"]) == {}
    assert not any(key in file.read_bytes() for file in (tmp_path / "keys").iterdir())
    assert other.get_or_create(["~a", "~b"]).keys() == {"~b"}
    assert (list(other.destroyed()), other.were_erased(["~a", "~b"])) == (["~a"], {"~a"})


def test_a_key_that_was_given_up_is_made_anew(url: str) -> None:
    """Who lost a key to an accident goes on with another one."""
    store = KeyStore(url)
    key = store.get_or_create(["~a"])["~a"]
    store.give_up(["~a"])
    assert store.were_destroyed(["~a"])
    assert not store.were_erased(["~a"])
    assert store.get_or_create(["~a"])["~a"] != key


def test_secrets_stay_apart_from_persons(url: str) -> None:
    """A secret is made once and is no person's key."""
    store = KeyStore(url)
    assert store.secret("token") == KeyStore(url).secret("token")
    assert store.get(["token"]) == {}


def test_the_file_is_private(url: str, tmp_path: Path) -> None:
    """Nobody but its user can read the store or its folder."""
    KeyStore(url).get_or_create(["~a"])
    for path in (tmp_path / "keys", *(tmp_path / "keys").iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_thousands_of_names_at_once(url: str) -> None:
    """The number of names in one call has no limit."""
    names = [f"~{n}" for n in range(2500)]
    assert len(KeyStore(url).get_or_create(names)) == 2500


@pytest.mark.parametrize("question", ["get", "were_destroyed", "were_erased"])
def test_a_file_that_cannot_be_read_is_a_fault_of_the_machine(tmp_path: Path, question: str):
    """What asks the driver itself says so as the rest of the store does, so that a service waits."""
    store = KeyStore(f"sqlite:///{tmp_path}/keys.db")
    with sqlite3.connect(tmp_path / "keys.db") as file:
        for table in ("keys", "destroyed", "erased"):
            file.execute(f"DROP TABLE {table}")
    with pytest.raises(MACHINE_FAULTS, match="no such table"):
        getattr(store, question)(["somebody"])
    store.close()
