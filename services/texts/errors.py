"""Errors whose message is for people."""

from __future__ import annotations

import errno
from pathlib import Path

from events.message import Message, MessageError, Parameter, message
from services.texts.catalogue import render


class TextError(MessageError):
    """An error with a text of the catalogue; ``str`` gives it in English."""

    def __str__(self) -> str:
        """Return the sentence in English."""
        return render(self.message, "en")


class AdvisedError(TextError):
    """What is in the way, in one sentence, and in another what to do about it. Names no person."""

    def __init__(self, what: Message, cure: Message) -> None:
        """Keep both."""
        super().__init__(what)
        self.cure = cure


def advised(what: str, cure: str, /, **parameters: Parameter | Path) -> AdvisedError:
    """Return the error by the keys of its sentence and of its advice, both of which the parameters fill."""
    return AdvisedError(message(what, **parameters), message(cure, **parameters))


_SYSTEM = {
    errno.EACCES: "not-permitted",
    errno.EADDRINUSE: "address-taken",
    errno.EADDRNOTAVAIL: "no-address",
    errno.EDQUOT: "quota",
    errno.EEXIST: "already-there",
    errno.EIO: "disk-fails",
    errno.EISDIR: "a-directory",
    errno.EMFILE: "too-many-files",
    errno.ENAMETOOLONG: "long-name",
    errno.ENOENT: "not-there",
    errno.ENOSPC: "disk-full",
    errno.ENOTDIR: "no-directory",
    errno.ENOTEMPTY: "not-empty",
    errno.EPERM: "not-permitted",
    errno.EROFS: "read-only",
}
"""What the system says of files, disks and addresses, by the text of ``machine`` that says it in both languages."""


def of_system(error: OSError) -> Message:
    """Return what the system says, without the file; what is not among the common faults in the system's own words."""
    sentence = _SYSTEM.get(error.errno or 0)
    if sentence is None:
        return message("verbatim", words=error.strerror or type(error).__name__)
    return message(f"machine.{sentence}")


def message_of(error: Exception) -> Message:
    """Return the message of an error; of one without a text of the catalogue its own words."""
    if isinstance(error, MessageError):
        return error.message
    if isinstance(error, OSError) and error.filename:
        return message("machine.of-file", reason=of_system(error), file=str(error.filename))
    return of_system(error) if isinstance(error, OSError) else message("verbatim", words=str(error))


def in_english(error: Exception) -> str:
    """Return the message of an error in English, as logs and readiness have it."""
    return render(message_of(error), "en")
