import csv
import io
import zipfile

import pytest
from ap_piece import Failure, File, files
from ap_piece.testing import Outside, new_outside


@pytest.fixture
def outside() -> Outside:
    return new_outside()


def file_of(outside: Outside, name: str, data: bytes) -> File:
    given = outside.add_file(name, data)
    return File(given["filename"], given["mediaType"], given["size"], given["reference"])


def test_a_file_is_read_in_parts_or_as_a_whole(outside: Outside) -> None:
    data = bytes(range(256)) * 10
    file = file_of(outside, "a.tar.gz", data)
    assert file.data == data
    assert list(file.stream(1000)) == [data[:1000], data[1000:2000], data[2000:]]
    assert file.extension == "gz"


def test_a_file_is_opened_for_what_reads_files(outside: Outside) -> None:
    text = io.TextIOWrapper(file_of(outside, "a.csv", "a,b\n1,ü\n".encode()).open(4), "utf-8", newline="")
    assert list(csv.reader(text)) == [["a", "b"], ["1", "ü"]]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("x.txt", "hello")
    with zipfile.ZipFile(file_of(outside, "a.zip", packed.getvalue()).open()) as archive:
        assert archive.read("x.txt") == b"hello"


@pytest.mark.parametrize(("name", "extension"), [("a", None), (".profile", None), ("a.b.c", "c")])
def test_extensions(outside: Outside, name: str, extension: str | None) -> None:
    assert file_of(outside, name, b"").extension == extension


@pytest.mark.parametrize(("name", "kind"), [("a.CSV", "text/csv"), ("a", "application/octet-stream")])
def test_media_types_follow_from_names(outside: Outside, name: str, kind: str) -> None:
    assert outside.contents[files.write(name, b"")][1] == kind


def test_a_file_that_is_not_there_is_refused(outside: Outside) -> None:
    with pytest.raises(Failure) as refused:
        files.read("nope")
    assert refused.value.code == "not_found"
