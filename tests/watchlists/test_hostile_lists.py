"""Lists that are broken, too large, or meant to do harm."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from tests.watchlists import list_texts as texts
from tests.watchlists.list_texts import ONE, PLAIN_HEAD, sdn_of
from watch.errors import HostileInputError, InputError
from watch.watchlists.entry import FAULTS_MAX
from watch.watchlists.files import read_files
from watch.watchlists.reading import read_list

BOMB = '<?xml version="1.0"?><!DOCTYPE Sanctions [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {b} "{"&" + a + ";" * 1}&{a};&{a};&{a};">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
LAUGHS = f"{BOMB}]><Sanctions>&i;</Sanctions>"
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE sdnList [<!ENTITY x SYSTEM "file:///etc/hostname">]><sdnList>&x;</sdnList>'

BAD = {
    "no_bytes": (b"", "is none of the forms"),
    "words": (b"not found", "is none of the forms"),
    "a_web_page": (b"<html><body>503</body></html>", "is none of the forms"),
    "only_the_end_mark": (b"\x1a", "is none of the forms"),
    "header_alone": (PLAIN_HEAD.encode(), "holds no ship (it is empty); nobody is delisted by it"),
    "maritime_header_alone": (texts.MARITIME.splitlines()[0].encode(), "holds no ship (it is empty)"),
    "no_vessel": (b'36,"SYNTH AIRLINES",-0- ,"CUBA",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n', "holds no ship (1 "),
    "xml_cut_off": (texts.ADVANCED[: len(texts.ADVANCED) // 2].encode(), "is no whole XML"),
    "json_cut_off": (b'{"id": "os-9", "schema": "Vessel", "prop', "holds no ship (1 rows cannot be read"),
    "billion_laughs": (LAUGHS.encode(), "declares entities or a DTD"),
    "file_from_outside": (OUTSIDE.encode(), "declares entities or a DTD"),
    "nested_deep": (("<Sanctions>" + "<a>" * 5000).encode(), "is nested deeper than 40 levels"),
    "json_nested_deep": (b'{"id":' + b"[" * 200_000, "holds no ship"),
    "cell_without_end": (PLAIN_HEAD.encode() + b'9074729,,"' + b"A" * 3_000_000, "is no valid CSV"),
}


@pytest.mark.parametrize("content,reason", BAD.values(), ids=BAD)
def test_a_file_that_names_no_ship_is_a_fault(content: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=r"^bad: ") as caught:
        read_list("bad", {"bad": content})
    assert reason in str(caught.value)


ODD = {
    "byte_order_mark": b"\xef\xbb\xbf" + sdn_of([(1, "SYNTH ONE", ONE)]).encode(),
    "utf_16": sdn_of([(1, "SYNTH ONE", ONE)]).encode("utf-16"),
    "nuls": sdn_of([(1, "SYNTH\0 ONE", ONE)]).encode(),
    "escape_in_a_name": sdn_of([(1, "SYNTH\x1bONE", ONE)]).encode(),
    "unix_line_ends": sdn_of([(1, "SYNTH ONE", ONE)]).replace("\r\n", "\n").encode(),
    "empty_lines": b"\r\n\r\n" + sdn_of([(1, "SYNTH ONE", ONE)]).encode() + b"\r\n\r\n",
    "small_letters": sdn_of([(1, "SYNTH ONE", ONE)]).replace("vessel", "Vessel").encode(),
}


@pytest.mark.parametrize("content", ODD.values(), ids=ODD)
def test_what_files_hold_beside_good_rows(content: bytes) -> None:
    reading = read_list("odd", {"odd.csv": content})
    assert [(e.name, e.imo) for e in reading.entries] == [("SYNTH ONE", ONE)]
    assert reading.faults == ()


def test_latin_1_is_read_as_such() -> None:
    content = sdn_of([(1, "SYNTH SEÑORA", ONE)]).encode("latin-1")
    assert read_list("l", {"l": content}).entries[0].name == "SYNTH SEÑORA"


def test_texts_are_cut_and_stay_on_one_line() -> None:
    (ship,) = read_list("l", {"l": sdn_of([(1, "=cmd|' /C calc'!A0\n" + "A" * 9000, ONE)]).encode()}).entries
    assert (len(ship.name), ship.name.isprintable()) == (120, True)


def test_a_key_that_comes_twice_keeps_the_first_and_is_told() -> None:
    reading = read_list("l", {"l": sdn_of([(1, "SYNTH ONE", ONE), (1, "SYNTH TWO", 0)]).encode()})
    assert [e.name for e in reading.entries] == ["SYNTH ONE"]
    assert [str(f) for f in reading.faults] == ["line 2: is a second entry with the key '1'; the first is kept"]


def test_a_file_full_of_bad_rows_is_told_in_short() -> None:
    rows = "7,x\r\n" * (FAULTS_MAX + 50)
    reading = read_list("l", {"l": sdn_of([(1, "SYNTH ONE", ONE)]).strip("\x1a").encode() + rows.encode()})
    assert len(reading.faults) == FAULTS_MAX + 1
    assert str(reading.faults[-1]) == "50 more rows could not be read in full"


def zip_of(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return path


def test_a_zip_and_a_folder_hold_the_tables_together(tmp_path: Path) -> None:
    members = {"SDN__CSV": texts.SDN.encode(), "ALT__CSV": texts.ALT.encode(), "ADD__CSV": b"1,2\r\n", "x__exe": b"MZ"}
    packed = read_list("z", read_files(zip_of(tmp_path / "a.zip", **members)))
    folder = tmp_path / "sdall"
    folder.mkdir()
    for name, data in members.items():
        (folder / name.replace("__", ".")).write_bytes(data)
    assert packed == read_list("f", read_files(folder))
    assert "SYNTH PRIDE" in packed.entries[0].aliases


def test_a_zip_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "bomb.zip", sdn__csv=b"0" * 5_000_000)
    assert path.stat().st_size < 10_000
    with pytest.raises(HostileInputError, match="holds more than 1 MB"):
        read_files(path, most_bytes=1024**2)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"0" * 2_000_000)
    with pytest.raises(HostileInputError, match="holds more than 1 MB"):
        read_files(tmp_path / "a.csv", most_bytes=1024**2)
    with pytest.raises(HostileInputError, match="holds more than 1 MB"):
        read_files(tmp_path, most_bytes=1024**2)


@pytest.mark.parametrize("cut", [30, 60])
def test_a_damaged_zip_is_told(tmp_path: Path, cut: int) -> None:
    path = zip_of(tmp_path / "a.zip", sdn__csv=texts.SDN.encode())
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(InputError, match="damaged or locked zip"):
        read_files(path)


def test_a_zip_cannot_name_a_path(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../../etc/sdn.csv", texts.SDN)
    (tmp_path / "a.zip").write_bytes(buffer.getvalue())
    assert list(read_files(tmp_path / "a.zip")) == ["sdn.csv"]


def test_several_lists_in_one_zip_are_not_mixed(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", sdn__csv=texts.SDN.encode(), maritime__csv=texts.MARITIME.encode())
    with pytest.raises(InputError, match="holds several lists"):
        read_list("a.zip", read_files(path))


def test_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_files(tmp_path / "none.csv")
