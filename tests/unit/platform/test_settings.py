"""Settings from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.platform.settings import Settings, SettingsError


def test_without_any_variable_everything_stands_in_one_directory():
    """The defaults name an embedded server and SQLite files below the data directory."""
    settings = Settings.read({}, Path("/srv/kelambu"))
    assert settings.redis_url is None
    assert settings.edge_url is None
    assert settings.database_url == "sqlite:////srv/kelambu/read-models.db"
    assert settings.keys_url == "sqlite:////srv/kelambu/keys/keys.db"
    assert (settings.partitions, settings.http_host, settings.unsafe) == (8, "127.0.0.1", False)


def test_a_directory_that_is_named_overrules_the_environment():
    """``--data`` is stronger than ``KELAMBU_DATA``."""
    assert Settings.read({"KELAMBU_DATA": "/a"}, Path("/b")).data == Path("/b")
    assert Settings.read({"KELAMBU_DATA": "/a"}).data == Path("/a")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KELAMBU_PARTITIONS", "0"),
        ("KELAMBU_PARTITIONS", "101"),
        ("KELAMBU_PARTITIONS", "eight"),
        ("KELAMBU_PARTITIONS", "²"),
        ("KELAMBU_HTTP_PORT", "-1"),
        ("KELAMBU_HTTP_PORT", "65536"),
        ("KELAMBU_GATEWAYS", "0"),
        ("KELAMBU_BURST", "999"),
        ("KELAMBU_ADJUDICATORS", "0"),
        ("KELAMBU_LOG_FORMAT", "xml"),
        ("KELAMBU_UNSAFE", "perhaps"),
        ("KELAMBU_CONSOLE_COLOUR", "red"),
        ("KELAMBU_OIDC_ISSUER", "http://masuk.muba.go.id"),
        ("KELAMBU_OIDC_ISSUER", "http://localhost.muba.go.id"),
        ("KELAMBU_CONSOLE_ADDRESS", "http://konsol.muba.go.id"),
        ("KELAMBU_CONSOLE_ADDRESS", "https://konsol.muba.go.id/kelambu"),
        ("REDIS_URL", "rahasia"),
        ("EDGE_URL", "redis://kelambu:rahasia@edge:port/0"),
        ("KELAMBU_DATABASE", "read-models.db"),
        ("KELAMBU_KEYS", "postgresql:/kelambu:rahasia@db"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_the_name_of_its_setting(name: str, value: str):
    """The message names the variable, and does not repeat a URL, in which a password may stand."""
    with pytest.raises(SettingsError, match=name) as refused:
        Settings.read({name: value})
    assert "rahasia" not in str(refused.value)


def test_a_child_reads_the_same_settings(tmp_path: Path):
    """What ``environment`` says is read back as the same settings."""
    given = {
        "KELAMBU_DATA": str(tmp_path),
        "REDIS_URL": "redis://core/0",
        "EDGE_URL": "redis://edge/0",
        "KELAMBU_DATABASE": "postgresql://kelambu@db/kelambu",
        "KELAMBU_PARTITIONS": "4",
        "KELAMBU_ADJUDICATORS": "3",
        "KELAMBU_HTTP_PORT": "0",
        "KELAMBU_GATEWAY_HOST": "0.0.0.0",  # noqa: S104 -- read, not bound
        "KELAMBU_GATEWAY_PORT": "8602",
        "KELAMBU_GATEWAYS": "4",
        "KELAMBU_CONSOLE_PORT": "8612",
        "KELAMBU_CONSOLE_HOST": "10.0.0.1",
        "KELAMBU_CONSOLE_COLOUR": "#8a1c1c",
        "KELAMBU_OIDC_ISSUER": "https://masuk.muba.go.id/realms/kabupaten",
        "KELAMBU_OIDC_CLIENT": "kelambu",
        "KELAMBU_OIDC_SECRET": str(tmp_path / "secret"),
        "KELAMBU_CONSOLE_LOGO": str(tmp_path / "logo.png"),
        "KELAMBU_CONSOLE_ADDRESS": "https://konsol.muba.go.id",
        "KELAMBU_RATE": "300",
        "KELAMBU_BURST": "3000",
        "KELAMBU_SILENCE": "30",
        "KELAMBU_LOG_FORMAT": "json",
        "KELAMBU_UNSAFE": "yes",
    }
    settings = Settings.read(given)
    assert Settings.read(settings.environment()) == settings
