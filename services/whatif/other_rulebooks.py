"""The other rulebooks of an installation, of which «what if» may be asked: where they stand, and how one is brought."""

from __future__ import annotations

import io
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath

from msgspec import Struct

from services.audit_trail.records import OperationRequested
from services.audit_trail.trail import TrailSignature, append
from services.benefits.reading.folder import LAW, files_of, read
from services.benefits.reading.kept import readable
from services.benefits.reading.law_file import RulebookError
from services.benefits.reading.rulebook_files import read_files
from services.benefits.reading.scheme_file import SCHEME
from services.benefits.rulebook import Rulebook
from services.claim_file.archive import zipped
from services.ledger.rulebooks import kept
from services.platform.durability import private_file, sync
from services.platform.settings import Settings
from services.runtime.bootstrap import Installation
from services.texts.errors import advised

MOST_BYTES = 4 * 2**20
"""How large the files of a rulebook may be together; the one that ships has a fiftieth of it."""
MOST_FILES = 200
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,39}", re.ASCII)


class OtherRulebook(Struct, frozen=True):
    """A rulebook that may be asked about.

    A folder that was brought, or the files of one that is or was in force here.
    """

    name: str
    folder: Path | None
    files: Mapping[str, str]

    @property
    def hash(self) -> str:
        """Its hash; empty where its files are no rulebook."""
        try:
            return self.read().hash
        except RulebookError:
            return ""

    def read(self) -> Rulebook:
        """Return it; raises ``RulebookError`` where a folder's files are none."""
        return read_files(self.files) if self.folder is None else read(self.folder)


def folder_of_others(settings: Settings) -> Path:
    """Return the folder of the rulebooks that were brought: the one of the setting, else one of the data directory."""
    return settings.rulebooks or settings.data / "rulebooks"


async def other_rulebooks(installation: Installation) -> dict[str, OtherRulebook]:
    """Return the rulebooks that may be asked about.

    By name those that were brought, by hash each that is or was in force. Among the latter is the one that ships with
    Kelambu, where it can judge what is filed here.
    """
    folder = folder_of_others(installation.settings)
    folders = sorted(folder.iterdir()) if folder.is_dir() else []
    others = {one.name: OtherRulebook(one.name, one, {}) for one in folders if (one / SCHEME).is_file()}
    stored = await kept(installation.core)
    shipped = read(LAW)
    if not shipped.codes.lacking(installation.rulebook.codes):
        others[shipped.hash] = OtherRulebook(shipped.hash, None, files_of(LAW))
    for rulebook in readable(stored).values():
        others[rulebook.hash] = OtherRulebook(rulebook.hash, None, stored[rulebook.hash])
    return others


def files_in(archive: bytes) -> dict[str, str]:
    """Return the files of the rulebook in a ZIP by their paths, counted from the folder in which its scheme stands.

    Nothing is written. Raises ``AdvisedError`` where it is no ZIP, has no rulebook, is too large, or holds what would
    stand or lead elsewhere.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            for one in opened.infolist():
                _require_within(one)
            members = [one for one in opened.infolist() if one.filename.endswith(".toml")]
            if len(members) > MOST_FILES or sum(one.file_size for one in members) > MOST_BYTES:
                raise advised("whatif.too-large", "whatif.only-rules", most=MOST_FILES)
            texts = {PurePosixPath(one.filename): opened.read(one).decode() for one in members}
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        UnicodeDecodeError,
    ) as error:
        raise advised("whatif.no-zip", "whatif.zip-the-folder") from error
    tops = sorted((path.parent for path in texts if path.name == SCHEME), key=lambda top: len(top.parts))
    if not tops:
        raise advised("whatif.no-scheme", "whatif.zip-the-folder", file=SCHEME)
    files = {path.relative_to(tops[0]): text for path, text in texts.items() if path.is_relative_to(tops[0])}
    return {path.as_posix(): text for path, text in files.items()}


def _require_within(member: zipfile.ZipInfo) -> None:
    """Refuse what stands outside the folder that is packed, by the paths of any system, or is a link to somewhere."""
    path = PureWindowsPath(member.filename)  # which takes both kinds of slashes apart
    if stat.S_ISLNK(member.external_attr >> 16):
        raise advised("whatif.link", "whatif.pack-files", member=member.filename)
    if path.drive or path.root:
        raise advised("whatif.absolute", "whatif.pack-files", member=member.filename)
    if ".." in path.parts:
        raise advised("whatif.outside", "whatif.pack-files", member=member.filename)


async def files_in_force(installation: Installation) -> Mapping[str, str]:
    """Return the files of the rulebook in force by their paths, to be changed and brought back under a name."""
    stored = await kept(installation.core)
    ours = stored.get(installation.rulebook.hash)
    return ours or files_of(installation.settings.rulebook or LAW)


def packed(name: str, files: Mapping[str, str]) -> bytes:
    """Return the ZIP of a rulebook's files within a folder of this name, as ``files_in`` takes it."""
    return zipped({f"{name}/{path}": text.encode() for path, text in files.items()})


async def bring(
    installation: Installation, name: str, files: Mapping[str, str], signature: TrailSignature
) -> Rulebook:
    """Record that a rulebook is brought, and keep its files under a name that nobody has; it only can be asked about.

    Raises:
        AdvisedError: the name is none or taken, or what was filed here cannot be judged by it.
        RulebookError: it is no rulebook; with file and line.
    """
    if not _NAME.fullmatch(name):
        raise advised("whatif.bad-name", "whatif.a-name", name=name)
    rulebook = read_files(files, name)
    if unknown := rulebook.codes.lacking(installation.rulebook.codes):
        raise advised("whatif.other-scheme", "whatif.copy-ours", names=", ".join(unknown))
    folder = folder_of_others(installation.settings) / name
    if folder.exists():
        raise advised("whatif.name-taken", "whatif.another-name", name=name)
    request = OperationRequested(what="rulebook-bring", subject=f"{name} {rulebook.hash}")
    await append(installation, request, **signature)
    try:
        _write(folder, files)
    except OSError as error:
        raise advised("whatif.not-written", "whatif.let-write", folder=folder.parent) from error
    return rulebook


def _write(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files aside and give them their name once all are there."""
    draft = folder.with_name(f".{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    for name, text in files.items():
        file = draft / name
        file.parent.mkdir(parents=True, exist_ok=True)
        with private_file(file) as out:
            out.write(text.encode())
    draft.rename(folder)
    sync(folder.parent)
