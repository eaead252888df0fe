"""Installing a release, with a local server that plays the download site."""

import hashlib
import io
import stat
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from utils.errors import CourseError
from utils.servers import download, find_program
from utils.servers.download import RELEASES, archive_name, install_release

SCRIPT = b"#!/bin/sh\necho 'prog, version 9.8.7 (branch: x)' >&2\n"


def an_archive(release, members=None):
    content = io.BytesIO()
    folder = archive_name(release).removesuffix(".tar.gz")
    members = members or {f"{folder}/{name}": SCRIPT for name in release.programs}
    with tarfile.open(fileobj=content, mode="w:gz") as file:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            file.addfile(entry, io.BytesIO(data))
    return content.getvalue()


@pytest.fixture
def site():
    """A site as the real one; tests spoil `files` (path to content) and `cut`."""
    files, asked, cut = {}, [], set()
    for release in RELEASES:
        root = f"/{release.project}/releases/download/v{release.version}"
        archive, name = an_archive(release), archive_name(release)
        files[f"{root}/{name}"] = archive
        sums = f"{hashlib.sha256(archive).hexdigest()}  {name}\n"
        files[f"{root}/sha256sums.txt"] = f"{'0' * 64}  another.tar.gz\n{sums}".encode()

    class Site(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            if self.path not in files:
                self.send_error(404)
                return
            content = files[self.path]
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if self.path in cut else content)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.files, server.asked, server.cut = files, asked, cut
    server.base = f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()


def path_of(number, name=None):
    release = RELEASES[number]
    root = f"/{release.project}/releases/download/v{release.version}"
    return f"{root}/{name or archive_name(release)}"


def nothing_left(folder):
    return not folder.exists() or not [p for p in folder.rglob("*") if p.is_file()]


def test_all_three_programs_are_installed_and_run(site, tmp_path):
    folder = tmp_path / "bin"
    install_release(folder, site.base)
    assert sorted(p.name for p in folder.iterdir()) == sorted(find_program.PROGRAMS)
    for program in find_program.PROGRAMS:
        path = find_program.find(program, folder)
        assert path == folder / program
        assert path.stat().st_mode & stat.S_IXUSR
        assert find_program.version(path) == "9.8.7"


def spoil_checksum(site):
    site.files[path_of(0)] = an_archive(RELEASES[0], {"x/prometheus": b"evil", "x/promtool": b""})


def cut_download(site):
    site.cut.add(path_of(0))


def remove_archive(site):
    del site.files[path_of(0)]


def login_page(site):
    site.files[path_of(0)] = b"<html>Please log in</html>"


def unlisted(site):
    site.files[path_of(0, "sha256sums.txt")] = b"00  other.tar.gz\n"


def replace_archive(site, archive):
    site.files[path_of(0)] = archive
    sums = f"{hashlib.sha256(archive).hexdigest()}  {archive_name(RELEASES[0])}\n"
    site.files[path_of(0, "sha256sums.txt")] = sums.encode()


def without_program(site):
    replace_archive(site, an_archive(RELEASES[0], {"x/README": b""}))


def no_archive_at_all(site):
    replace_archive(site, b"not an archive")


def gone(site):
    site.shutdown()
    site.server_close()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (spoil_checksum, "not the file that its release vouches for"),
        (login_page, "not the file that its release vouches for"),
        (cut_download, "The download was cut"),
        (remove_archive, "HTTP 404"),
        (unlisted, "does not list"),
        (without_program, "holds no prometheus"),
        (no_archive_at_all, "cannot be unpacked"),
        (gone, "no connection"),
    ],
)
def test_what_goes_wrong_is_told_and_leaves_nothing(site, tmp_path, spoil, says):
    spoil(site)
    with pytest.raises(CourseError, match=says) as caught:
        install_release(tmp_path / "bin", site.base)
    assert "To do it by hand: fetch" in str(caught.value)
    assert nothing_left(tmp_path / "bin")


def test_a_member_cannot_lead_out_of_the_folder(site, tmp_path):
    members = {"../../prometheus": SCRIPT, "/etc/promtool": SCRIPT}
    replace_archive(site, an_archive(RELEASES[0], members))
    install_release(tmp_path / "a" / "bin", site.base)
    assert sorted(p.name for p in (tmp_path / "a" / "bin").iterdir()) == sorted(
        find_program.PROGRAMS
    )
    assert not (tmp_path / "prometheus").exists()


def test_a_later_try_succeeds_after_a_failed_one(site, tmp_path):
    site.cut.add(path_of(1))
    with pytest.raises(CourseError, match="cut"):
        install_release(tmp_path, site.base)
    site.cut.clear()
    install_release(tmp_path, site.base)
    assert find_program.version(tmp_path / "alertmanager") == "9.8.7"


def test_a_folder_that_cannot_be_made_is_told(site, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CourseError, match="cannot be written"):
        install_release(tmp_path / "file" / "bin", site.base)


def test_archives_of_other_systems():
    release = RELEASES[0]
    assert archive_name(release, "Darwin", "arm64").endswith("darwin-arm64.tar.gz")
    assert archive_name(release, "Windows", "AMD64").endswith("windows-amd64.zip")
    with pytest.raises(CourseError, match="no release of prometheus for Plan9"):
        archive_name(release, "Plan9", "mips")


def test_a_zip_is_unpacked_as_well(tmp_path):
    path = tmp_path / "release.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("x/prometheus.exe", SCRIPT)
    assert download._unpack(path, "prometheus", tmp_path).read_bytes() == SCRIPT
