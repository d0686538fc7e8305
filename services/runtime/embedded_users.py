"""Who may enter the embedded server.

The file of its users, and the installation's own password once it listens on a port. On its private socket the server
lets in whoever may open the socket: the user who runs Kelambu. A port is open to every program of the machine; from
then on the installation itself logs in with a password that nobody else can read.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from services.platform.durability import private_file

_USERS = "users.acl"
_PASSWORD = "password"  # noqa: S105 -- the name of a file
_DEFAULT_USER = "user default "


def users_file(files: Path) -> Path:
    """Return the file in which the server keeps its users; an empty one is made where there is none."""
    file = files / _USERS
    file.touch(mode=0o600)
    return file


def default_password(files: Path) -> str | None:
    """Return the password with which the installation logs in, None while none is needed."""
    file = files / _PASSWORD
    return file.read_text() if file.exists() else None


def need_password(files: Path) -> None:
    """Let the server, which must not run, let in nobody without a password from its next start on."""
    password = default_password(files)
    if password is None:
        password = secrets.token_hex(20)
        with private_file(files / _PASSWORD, new=True) as kept:
            kept.write(password.encode())
    rule = f"{_DEFAULT_USER}on #{hashlib.sha256(password.encode()).hexdigest()} ~* &* +@all"
    file = users_file(files)
    others = [line for line in file.read_text().splitlines() if not line.startswith(_DEFAULT_USER)]
    file.write_text("\n".join([rule, *others]) + "\n")
