"""``./kelambu``, the script that needs git and Python and nothing else."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import io
import os
import platform
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

from tests.servers import free_port

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "kelambu"

FILES = """
uv-0.13.7-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl
uv-{uv}-py3-none-linux_armv6l.whl
uv-{uv}-py3-none-macosx_10_12_x86_64.whl
uv-{uv}-py3-none-macosx_11_0_arm64.whl
uv-{uv}-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64.whl
uv-{uv}-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl
uv-{uv}-py3-none-musllinux_1_1_x86_64.whl
uv-{uv}-py3-none-win_amd64.whl
uv-{uv}.tar.gz
"""


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, with a place of its own to fetch into and no settings of this machine."""
    loader = SourceFileLoader("kelambu_script", str(SCRIPT))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    monkeypatch.setattr(module, "OWN", tmp_path)
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    return module


@contextmanager
def index(pages: dict[str, bytes]) -> Iterator[str]:
    """Serve these pages as a package index; yields its address."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path in pages else 404)
            self.end_headers()
            self.wfile.write(pages.get(self.path, b""))

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/simple"
        server.shutdown()


def wheel_of(version: str) -> bytes:
    """A wheel that holds a program where uv's holds its own."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(f"uv-{version}.data/scripts/uv", f"#!/bin/sh\necho uv {version}\n")
    return content.getvalue()


def test_an_old_python_can_read_as_far_as_the_message():
    """Python 3.6 parses the whole script, so that it reaches the line that says what is needed."""
    ast.parse(SCRIPT.read_text(), feature_version=(3, 6))


def test_an_old_python_is_told_what_is_needed():
    """With Python 3.9 and no newer one on PATH the script ends with one sentence."""
    pretend = (
        "import runpy, sys; sys.version_info = (3, 9, 2, 'final', 0);"
        f"runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
    )

    ended = subprocess.run(
        [sys.executable, "-c", pretend], env={"PATH": "/nowhere"}, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert ended.stderr.startswith("kelambu: this is Python 3.9; Kelambu needs Python 3.11 or newer.")
    assert "Traceback" not in ended.stderr


def test_a_folder_that_cannot_be_written_is_named(script):
    """Nothing is installed where nothing can be written, and the message says what to do."""
    with pytest.raises(script.Stop, match=r"cannot write in /proc .* clone the repository into a folder"):
        script.writable(Path("/proc"))


def test_only_the_whole_suite_is_shared_out(script, monkeypatch):
    """A folder, a file or a test that is named runs in one process, where a debugger can hold it.

    So does everything where the plugin that shares it out is not wanted.
    """
    monkeypatch.chdir(ROOT)
    for processors, processes in ((1, 2), (2, 3), (8, 4)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, n=processors: set(range(n)))
        for whole in ([], ["-x"], ["-k", "kill"]):
            assert f"--numprocesses={processes}" in script.shared_out(whole)
    for part in (
        ["tests/unit"],
        ["--pdb", "tests/unit/runtime/test_logs.py"],
        ["tests/unit/runtime/test_logs.py::test_a", "-x"],
        ["-p", "no:xdist"],
        ["-pno:xdist"],
    ):
        assert script.shared_out(part) == []


def test_compiled_modules_are_kept_out_of_the_tree_where_it_stays_clean(script, monkeypatch):
    """They are kept all the same, in a folder of ours or in the one that somebody chose."""
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    script.keep_bytecode()
    assert "PYTHONPYCACHEPREFIX" not in os.environ
    for chosen in (str(script.OWN / "bytecode"), "/elsewhere"):
        monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        script.keep_bytecode()
        assert "PYTHONDONTWRITEBYTECODE" not in os.environ
        assert os.environ["PYTHONPYCACHEPREFIX"] == chosen
        monkeypatch.setenv("PYTHONPYCACHEPREFIX", "/elsewhere")


@pytest.mark.parametrize(
    ("system", "machine", "libc", "tag"),
    [
        ("Linux", "x86_64", "glibc", "manylinux_2_17_x86_64"),
        ("Linux", "x86_64", "", "musllinux_1_1_x86_64"),
        ("Linux", "aarch64", "glibc", "manylinux_2_17_aarch64"),
        ("Linux", "aarch64", "", "manylinux_2_17_aarch64"),
        ("Darwin", "arm64", "", "macosx_11_0_arm64"),
        ("Darwin", "x86_64", "", "macosx_10_12_x86_64"),
        ("Linux", "sparc64", "glibc", None),
    ],
)
def test_the_right_uv_is_chosen(script, monkeypatch, system, machine, libc, tag):
    """Of the index's files exactly the one for this system, processor and C library is taken."""
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(platform, "libc_ver", lambda: (libc, "2.36"))

    chosen = [name for name in FILES.format(uv=script.UV).split() if script.is_for_this_machine(name)]

    assert len(chosen) == (tag is not None)
    assert all(name.startswith(f"uv-{script.UV}-py3-none-{tag}") for name in chosen)


def test_uv_is_taken_out_of_the_wheel_that_the_index_announces(script, monkeypatch):
    """Without pip the program is unpacked from the index's wheel, and it runs."""
    name = next(name for name in FILES.format(uv=script.UV).split() if script.is_for_this_machine(name))
    wheel = wheel_of(script.UV)
    page = f'<a href="../../files/{name}#sha256={hashlib.sha256(wheel).hexdigest()}">{name}</a>'
    with index({"/simple/uv/": page.encode(), f"/files/{name}": wheel}) as address:
        monkeypatch.setenv("PIP_INDEX_URL", address)
        program = script.uv_by_download()

    assert subprocess.check_output([program], text=True) == f"uv {script.UV}\n"


def test_another_file_than_announced_is_refused(script, monkeypatch):
    """A wheel whose hash differs from the index's is not unpacked."""
    name = next(name for name in FILES.format(uv=script.UV).split() if script.is_for_this_machine(name))
    page = f'<a href="/files/{name}#sha256={"0" * 64}">{name}</a>'
    with index({"/simple/uv/": page.encode(), f"/files/{name}": wheel_of(script.UV)}) as address:
        monkeypatch.setenv("PIP_INDEX_URL", address)
        with pytest.raises(script.Stop, match="is not the file that the index announced"):
            script.uv_by_download()

    assert not (script.OWN / "bin" / "uv").exists()


def test_without_a_network_the_message_names_the_settings(script, monkeypatch):
    """Where the index does not answer, proxy, mirror and certificates are named."""
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{free_port()}/simple")

    with pytest.raises(script.Stop, match=r"HTTPS_PROXY.*\n?.*PIP_INDEX_URL or UV_DEFAULT_INDEX"):
        script.uv_by_download()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, None),
        ({"PIP_INDEX_URL": "https://pypi.org/simple/"}, None),
        ({"PIP_INDEX_URL": "https://mirror.example/pypi"}, "https://mirror.example/pypi"),
        (
            {"PIP_INDEX_URL": "https://one.example", "UV_DEFAULT_INDEX": "https://two.example"},
            "https://two.example",
        ),
    ],
)
def test_a_mirror_of_the_settings_is_used(script, monkeypatch, settings, expected):
    """The index comes from uv's settings, else from pip's; PyPI itself is no mirror."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    assert script.index_url() == expected


def test_the_lock_names_no_index_but_pypi():
    """Whoever clones the repository can install what is locked."""
    lines = (ROOT / "uv.lock").read_text().splitlines()
    hosts = {line.partition("https://")[2].partition("/")[0] for line in lines if "https://" in line}

    assert hosts == {"pypi.org", "files.pythonhosted.org"}
    assert not [line for line in lines if "http://" in line or "file://" in line or "find-links" in line]
