"""What if the rule were another: asked on a page, worked out by the command, shown claim by claim."""

from __future__ import annotations

import io
import json
import shutil
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.audit_trail.records import OperationRequested
from services.audit_trail.trail import read
from services.benefits.reading.folder import LAW, files_of, load
from services.cli import main
from services.whatif.other_rulebooks import files_in
from tests.consoles import RunningConsole, lives, running_console, secret, settled
from tests.system.console.test_programme_pages import figures


def test_another_rulebook_is_held_against_the_book(tmp_path: Path):
    """A folder of the setting can be chosen.

    A million more for each funeral is a million more for the claim that has one.
    """
    folder = tmp_path / "rulebooks" / "pemakaman-naik"
    shutil.copytree(LAW, folder)
    law = folder / "pp-82-2019.toml"
    before = '[article.figures."jkm.funeral"]\nvalue = 10_000_000'
    assert before in law.read_text()
    law.write_text(law.read_text().replace(before, before.replace("10_000_000", "11_000_000")))
    with running_console(tmp_path / "data", *lives()[:1], rulebooks=folder.parent) as console:
        client = console.signed_in("auditor")
        assert "pemakaman-naik" in client.get("/what-if").text
        page = settled(client, "/what-if?rulebook=pemakaman-naik").text
        shown = figures(page)
        assert (shown["changed"], shown["gaining"], shown["losing"]) == (1, 1, 0)
        assert shown["difference"] == shown["changes.difference"] == 1_000_000
        assert 'href="/claims/A-1"' in page
        assert 'href="/rulebook/jkm.funeral"' in page
        assert "kelambu whatif --rulebook pemakaman-naik" in page
        assert (
            figures(settled(client, "/what-if?rulebook=pemakaman-naik&since=01-01-2099").text)["changed"] == 0
        )
        assert client.get("/what-if?rulebook=lain").status_code == 400
        assert console.signed_in("officer").get("/what-if").status_code == 403


LINK = b"../../etc/passwd"
"""What stands in a member of a ZIP that is a link."""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningConsole]:
    """A console over a book of its own, to which no rulebook was brought yet."""
    with running_console(Path(tmp_path_factory.mktemp("what-if")), *lives()[:1]) as running:
        yield running


def packed(**changed: bytes) -> bytes:
    """A ZIP of the rulebook that ships, under a folder, with some files as they are given here."""
    ours = {f"usul/{name}": changed.pop(name, text.encode()) for name, text in files_of(LAW).items()}
    return zipped(ours | changed)


def zipped(files: dict[str, bytes]) -> bytes:
    """A ZIP of these files, packed as small as they can be."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            if text == LINK:
                entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
            archive.writestr(entry, text)
    return content.getvalue()


def higher() -> bytes:
    """It with a million more for each funeral."""
    name = "pp-82-2019.toml"
    before = '[article.figures."jkm.funeral"]\nvalue = 10_000_000'
    assert before in files_of(LAW)[name]
    return packed(**{name: files_of(LAW)[name].replace(before, before.replace("10_", "11_")).encode()})


def sent(
    client: httpx.Client, archive: bytes, name: str = "usul", reason: str = "usul 12/2026"
) -> httpx.Response:
    """The form that brings a rulebook, as a browser sends it."""
    fields = {"csrf": secret(client, "/what-if"), "name": name, "reason": reason}
    return client.post("/what-if/rulebooks", data=fields, files={"archive": ("usul.zip", archive)})


def test_a_rulebook_is_brought_in_the_browser(
    book: RunningConsole, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """The page says how; what was brought can be chosen, and stands in the trail with who and why; none is replaced."""
    client = book.signed_in("auditor")
    page = client.get("/what-if").text
    assert figures(client.get("/what-if").text)["rulebooks.count"] == 1
    assert 'class="empty"' in page
    assert str(book.installation.settings.data / "rulebooks") in page
    assert sent(client, higher(), reason=" ").status_code == 400
    assert sent(book.signed_in("officer"), b"", "").status_code == 403
    assert sent(client, higher()).status_code == 303
    last = book.run(read(book.installation))[-1]
    assert (last.by, last.reason) == ("auditor", "usul 12/2026")
    assert isinstance(last.record, OperationRequested)
    assert last.record.what == "rulebook-bring"
    assert last.record.subject.startswith("usul ")
    assert load().hash not in last.record.subject
    page = client.get("/what-if?brought=usul").text
    assert figures(page)["rulebooks.count"] == 2
    assert 'class="empty"' not in page
    answer = settled(client, "/what-if?rulebook=usul").text
    assert figures(answer)["difference"] == 1_000_000
    assert sent(client, packed()).status_code == 400
    assert figures(settled(client, "/what-if?rulebook=usul").text)["difference"] == 1_000_000
    monkeypatch.setenv("KELAMBU_PARTITIONS", "1")
    for name in ("REDIS_URL", "EDGE_URL", "KELAMBU_DATABASE", "KELAMBU_ENGAGEMENT", "KELAMBU_RULEBOOKS"):
        monkeypatch.delenv(name, raising=False)
    for words, found in (
        (("whatif", "--rulebook", "usul"), 1_000_000),
        (("whatif", "--rulebook", load().hash), 0),
    ):
        capsys.readouterr()
        main([*words, "--json", "--data", str(book.installation.settings.data)])
        assert json.loads(capsys.readouterr().out)["difference"] == found
    assert (
        f"kelambu whatif --rulebook {load().hash}" in settled(client, f"/what-if?rulebook={load().hash}").text
    )


def test_the_rules_in_force_are_downloaded_changed_and_tried(
    book: RunningConsole, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """From the rulebook's page: one figure changed and sent back, it is chosen already.

    And the command copies the same files.
    """
    client = book.signed_in("auditor")
    assert 'href="/rulebook/file"' in client.get("/rulebook").text
    answer = client.get("/rulebook/file")
    name = f"aturan-{book.installation.rulebook.hash[:12]}"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        files = {one: archive.read(one) for one in archive.namelist()}
    assert files == {f"{name}/{path}": text.encode() for path, text in files_of(LAW).items()}
    law, before = f"{name}/pp-82-2019.toml", b'[article.figures."jkm.funeral"]\nvalue = 10_000_000'
    files[law] = files[law].replace(before, before.replace(b"10_", b"12_"))
    answer = sent(client, zipped(files), "disalin")
    assert answer.headers["location"] == "/what-if?brought=disalin"
    page = client.get(answer.headers["location"]).text
    assert '<option value="disalin" selected>' in page
    assert figures(settled(client, "/what-if?rulebook=disalin").text)["difference"] == 2_000_000
    assert book.nobody().get("/rulebook/file").status_code == 303
    monkeypatch.setenv("KELAMBU_PARTITIONS", "1")
    for variable in ("REDIS_URL", "EDGE_URL", "KELAMBU_DATABASE", "KELAMBU_ENGAGEMENT", "KELAMBU_RULEBOOK"):
        monkeypatch.delenv(variable, raising=False)
    data = str(book.installation.settings.data)
    for out in (tmp_path / "rules.zip", tmp_path / "rules"):
        capsys.readouterr()
        assert main(["rulebook", "copy", "--out", str(out), "--data", data]) == 0
        assert main(["rulebook", "copy", "--out", str(out), "--data", data]) == 2
    assert files_of(tmp_path / "rules") == files_of(LAW)
    assert files_in((tmp_path / "rules.zip").read_bytes()) == files_of(LAW)


@pytest.mark.parametrize(
    ("archive", "said"),
    [
        (b"no archive", "bukan ZIP"),
        (b"", "field-archive"),
        (packed(**{"scheme.toml": b"\xff"}), "bukan ZIP"),
        (zipped({"usul/rules.toml": b"x = 1"}), "scheme.toml"),
        (packed(**{"usul/../../outside.toml": b"x = 1"}), "usul/../../outside.toml menunjuk ke luar folder"),
        (packed(**{"../readme.txt": b"x"}), "../readme.txt menunjuk ke luar folder"),
        (packed(**{"usul\\..\\..\\x.toml": b"x = 1"}), "menunjuk ke luar folder"),
        (packed(**{"/etc/x.toml": b"x = 1"}), "/etc/x.toml adalah alamat mutlak"),
        (packed(**{"C:\\x.toml": b"x = 1"}), "adalah alamat mutlak"),
        (packed(**{"usul/pp.toml": LINK}), "usul/pp.toml adalah tautan"),
        (packed(**{f"usul/{number}.toml": b"" for number in range(300)}), "terlalu besar"),
        (packed(**{"usul/large.toml": b"#" * 900_000 * 5}), "terlalu besar"),
        (packed(**{"pp-82-2019.toml": b"[nothing]"}), "pp-82-2019.toml"),
    ],
    ids=[
        "no-zip",
        "nothing",
        "no-text",
        "no-scheme",
        "outside",
        "beside",
        "outside-by-backslash",
        "absolute",
        "drive",
        "link",
        "too-many",
        "too-large",
        "no-rulebook",
    ],
)
def test_what_is_no_rulebook_is_refused_and_nothing_is_written(
    book: RunningConsole, archive: bytes, said: str
):
    """The page says what is wrong, at its field, and what was typed stands there again."""
    client, name = book.signed_in("auditor"), "lain"
    answer = sent(client, archive, name)
    assert answer.status_code in (400, 409), answer.text
    assert said in answer.text
    assert 'value="usul 12/2026"' in answer.text
    folder = book.installation.settings.data / "rulebooks"
    assert not [one for one in folder.glob("*") if name in one.name]
    for name in ("../lain", "Lain", "-lain", "a" * 41):
        assert sent(client, higher(), name).status_code == 400
    assert not (folder.parent / "lain").exists()
