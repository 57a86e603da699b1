"""Packed files: told by their first bytes, read member by member, refused when hostile, explained when damaged."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
from pathlib import Path

import pytest
import zstandard

from tests.readers import cases
from tests.readers.cases import drain
from watch.errors import HostileInputError, InputError, UnknownFormatError
from watch.normalise import normalise
from watch.readers import Limits, read_file

CSV = f"{cases.NOAA_HEADER}\n{cases.NOAA_ROW}\n".encode()
LONG_CSV = f"{cases.NOAA_HEADER}\n".encode() + b"".join(
    cases.NOAA_ROW.replace("12:00:00", f"12:{n // 60 % 60:02d}:{n % 60:02d}")
    .replace("11.4", f"{n * 7919 % 300 / 10}")
    .encode()
    + b"\n"
    for n in range(20_000)
)


def zip_of(path: Path, members: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


PACKERS = {
    "plain": lambda path: written(path, CSV),
    "zip": lambda path: zip_of(path, {"AIS_2020.csv": CSV}),
    "zip_with_folders": lambda path: zip_of(path, {"a/": b"", "a/AIS.csv": CSV, "__MACOSX/a/._AIS.csv": b"\0\5\26\7"}),
    "gz": lambda path: written(path, gzip.compress(CSV)),
    "gz_in_two_parts": lambda path: written(path, gzip.compress(CSV[:100]) + gzip.compress(CSV[100:])),
    "zst": lambda path: written(path, zstandard.compress(CSV)),
    "crlf": lambda path: written(path, CSV.replace(b"\n", b"\r\n")),
    "no_last_newline": lambda path: written(path, CSV.rstrip(b"\n")),
    "bom_and_blank_lines": lambda path: written(path, b"\xef\xbb\xbf" + CSV.replace(b"\n", b"\n\n")),
}


@pytest.mark.parametrize("pack", PACKERS.values(), ids=PACKERS.keys())
def test_every_packing_gives_the_same_rows_whatever_the_file_is_called(tmp_path, pack):
    path = pack(tmp_path / "data.bin")
    got = drain(path)

    assert got.source.format == "noaa"
    assert (got.rows_read, got.rejects.num_rows) == (1, 0)
    assert got.first["lat"] == 25.5
    assert got.source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert got.source.size_bytes == path.stat().st_size


def test_zip_reads_every_member_and_names_it_beside_its_rejects(tmp_path):
    bad = f"{cases.CANONICAL_HEADER}\n{cases.CANONICAL_ROW}\nnonsense\n".encode()
    got = drain(zip_of(tmp_path / "all.zip", {"one.csv": CSV, "two.csv": bad, "readme.txt": b"Read me.\n"}))

    assert got.files == {"all.zip!one.csv", "all.zip!two.csv"}
    assert (got.positions.num_rows, got.reasons) == (2, {3: "the row has 1 column, the header has 17"})
    assert got.source.unused_columns == ("Cargo", "TransceiverClass")
    assert len(got.source.skipped) == 1
    assert got.source.skipped[0].startswith("all.zip!readme.txt: its first line is no header of AIS data: 'Read me.'")


def test_progress_counts_the_bytes_of_the_file(tmp_path):
    path = written(tmp_path / "a.gz", gzip.compress(LONG_CSV))
    taken: list[int] = []
    for _ in read_file(path, on_bytes=taken.append).batches:
        pass
    assert sum(taken) == path.stat().st_size


@pytest.mark.parametrize(
    "name, data",
    [
        ("a.gz", gzip.compress(LONG_CSV)[:-2_000]),
        ("a.zst", zstandard.compress(LONG_CSV)[:-2_000]),
    ],
    ids=["gz", "zst"],
)
def test_cut_short_file_gives_the_rows_before_the_cut_then_the_error(tmp_path, name, data):
    source, done = read_file(written(tmp_path / name, data), limits=Limits(block_bytes=100_000)), []
    with pytest.raises(
        InputError, match=rf"{name}: the file is cut short after [\d,]+ unpacked bytes.*fetch the file again"
    ):
        done.extend(map(normalise, source.batches))
    assert 0 < sum(one.positions.num_rows for one in done) < 20_000
    assert sum(one.rejects.num_rows for one in done) == 0


def test_zip_without_its_end_says_that_nothing_was_read(tmp_path):
    whole = zip_of(tmp_path / "whole.zip", {"a.csv": LONG_CSV}).read_bytes()
    with pytest.raises(
        InputError, match=r"cut.zip: the zip is cut short or damaged.*nothing was read, fetch the file again"
    ):
        read_file(written(tmp_path / "cut.zip", whole[: len(whole) // 2]))


def test_damaged_member_of_a_zip_does_not_hide_the_others(tmp_path):
    data = bytearray(
        zip_of(tmp_path / "a.zip", {"bad.csv": LONG_CSV, "good.csv": CSV}, zipfile.ZIP_STORED).read_bytes()
    )
    at = data.index(b"12:30:00")
    data[at : at + 8] = b"12:30:01"
    source = read_file(written(tmp_path / "a.zip", bytes(data)), limits=Limits(block_bytes=100_000))
    files = []
    with pytest.raises(InputError, match=r"a.zip!bad.csv: the file is damaged \(Bad CRC-32"):
        files.extend(batch.file for batch in source.batches)
    assert files[-1] == "a.zip!good.csv"


def zip_bomb(path: Path) -> Path:
    return zip_of(path, {"bomb.csv": CSV + b"0" * 3_000_000})


@pytest.mark.parametrize(
    "make, message",
    [
        (zip_bomb, "unpacks to more than 20 times its size"),
        (
            lambda path: written(path, gzip.compress(CSV + b"0,\n" * 1_000_000)),
            "unpacks to more than 20 times its size",
        ),
        (lambda path: zip_of(path, {f"{n}.csv": CSV for n in range(4)}), "the zip holds 4 files, more than 3"),
        (lambda path: zip_of(path, {"in.zip": zip_of(path, {"a.csv": CSV}).read_bytes()}), "archive inside an archive"),
        (lambda path: written(path, gzip.compress(gzip.compress(CSV))), "archive inside an archive"),
    ],
    ids=["zip_bomb", "gzip_bomb", "too_many_members", "zip_in_zip", "gzip_in_gzip"],
)
def test_hostile_archive_is_refused(tmp_path, make, message):
    limits = Limits(ratio=20, free_bytes=1 << 20, members=3, block_bytes=1 << 18)
    with pytest.raises(HostileInputError, match=message):
        drain(make(tmp_path / "a.bin"), limits=limits)


def test_inflated_size_is_limited(tmp_path):
    path = written(tmp_path / "a.gz", gzip.compress(LONG_CSV))
    with pytest.raises(HostileInputError, match=r"a.gz: unpacks to more than 1,000,000 bytes; split it"):
        drain(path, limits=Limits(inflated_bytes=1_000_000, block_bytes=1 << 18))


def test_paths_in_an_archive_are_never_used(tmp_path):
    (tmp_path / "in").mkdir()
    got = drain(zip_of(tmp_path / "in" / "a.zip", {"../../evil\x1b[31m.csv": CSV}))
    assert got.files == {"a.zip!../../evil�[31m.csv"}
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.zip", "in"]


def test_encrypted_member_is_explained(tmp_path):
    data = bytearray(zip_of(tmp_path / "a.zip", {"a.csv": CSV}).read_bytes())
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + offset] |= 1
    with pytest.raises(InputError, match=r"a.zip!a.csv: is encrypted; unpack it with its password"):
        read_file(written(tmp_path / "a.zip", bytes(data)))


def test_unsupported_packing_inside_a_zip_is_explained(tmp_path):
    data = bytearray(zip_of(tmp_path / "a.zip", {"a.csv": CSV}).read_bytes())
    for magic, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        data[data.index(magic) + offset] = 9
    with pytest.raises(InputError, match=r"its packing \(zip method 9\) is not supported; unpack it and load the file"):
        read_file(written(tmp_path / "a.zip", bytes(data)))


@pytest.mark.parametrize("magic, kind", [(b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!", "rar"), (b"BZh9", "bzip2")])
def test_other_archives_are_named(tmp_path, magic, kind):
    with pytest.raises(InputError, match=f"a.bin: is a {kind} archive; unpack it"):
        read_file(written(tmp_path / "a.bin", magic + b"\0" * 50))


def test_zip_of_nothing_but_strangers_names_the_first(tmp_path):
    with pytest.raises(UnknownFormatError, match=r"a.zip!a.txt: its first line is no header"):
        read_file(zip_of(tmp_path / "a.zip", {"a.txt": b"hello\n", "b.txt": b"hello\n"}))


def test_zip_holding_no_file_is_explained(tmp_path):
    with pytest.raises(InputError, match=r"a.zip: the zip holds no files"):
        read_file(zip_of(tmp_path / "a.zip", {"folder/": b""}))


def test_reading_is_lazy_and_in_blocks(tmp_path):
    path, taken = written(tmp_path / "a.csv", LONG_CSV), []
    source = read_file(path, limits=Limits(block_bytes=50_000), on_bytes=taken.append)
    assert taken == []
    next(source.batches)
    source.batches.close()
    assert 0 < sum(taken) < 500_000 < io.BytesIO(LONG_CSV).getbuffer().nbytes
