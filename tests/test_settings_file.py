"""The file of settings: what it may say, and every fault of it with line and key at once."""

from __future__ import annotations

from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from command_line import shipwatch

from watch.errors import ConfigError, FaultsError
from watch.settings import Settings
from watch.settings_file import find_settings, read_settings
from watch.source_settings import SOURCE_MODELS

SAMPLE = files("watch").joinpath("templates/shipwatch.toml").read_text(encoding="utf-8")


def in_force(sample: str) -> str:
    """Return the sample with all that is switched off switched on."""
    lines = (line.removeprefix("# ") for line in sample.splitlines())
    return "\n".join(line for line in lines if line.startswith("[") or " = " in line.split("#")[0])


def write(folder: Path, text: str | bytes) -> Path:
    file = folder / "shipwatch.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_no_file_means_the_defaults() -> None:
    assert read_settings(None) == Settings()


def test_the_sample_changes_nothing_but_what_it_says(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path, SAMPLE))
    assert settings.run.every == timedelta(minutes=10)
    assert (settings.source, settings.recipient, settings.watchlist, settings.mail) == ((), (), (), None)


def test_every_line_of_the_sample_can_be_switched_on(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path, in_force(SAMPLE)))
    assert {source.kind for source in settings.source} == SOURCE_MODELS.keys() - {"digitraffic-mqtt"}
    assert [recipient.name for recipient in settings.recipient] == ["desk"]
    assert settings.keep.positions == timedelta(days=400)


FAULTS = {
    "unknown_table": ("[rum]\n", ":1: rum: unknown key 'rum'; did you mean 'run'?"),
    "unknown_key": ("[run]\nevry = '1h'\n", ":2: run.evry: unknown key 'evry'; did you mean 'every'?"),
    "no_length_of_time": ("[run]\nevery = '10m'\n", ":2: run.every: a length of time is a number and a unit"),
    "two_timings": ("[run]\nevery = '1h'\ncron = '0 * * * *'\n", ":1: run: say 'every' or 'cron', not both"),
    "no_zone": ("[run]\ntimezone = 'Mars/Base'\n", ":2: run.timezone: 'Mars/Base' is no time zone"),
    "zone_with_a_path": ("[run]\ntimezone = '../../etc/passwd'\n", ":2: run.timezone: '../../etc/passwd' is no time"),
    "cron_of_the_run": ("[run]\ncron = '*/10 * *'\n", ":2: run.cron: '*/10 * *' is no cron line"),
    "cron_of_a_source": (
        "[[source]]\nname='a'\nkind='folder'\npath='x'\ncron='0 25 * * *'\n",
        ":5: source[0].cron: '0 25 * * *' is no cron line",
    ),
    "days_that_are_none": ("[[recipient]]\nname='a'\nto='a@example.org'\ndays='mon-fry'\n", ":4: recipient[0].days: "),
    "unknown_kind": ("[[source]]\nname = 'a'\nkind = 'nooa'\n", ":3: source[0].kind: unknown kind 'nooa'; did you"),
    "no_kind": ("[[source]]\nname = 'a'\n", ":1: source[0]: needs a kind: noaa, dma, folder"),
    "key_of_another_kind": (
        "[[source]]\nname = 'a'\nkind = 'folder'\npath = 'x'\nport = 3\n",
        ":5: source[0].port: unknown key 'port'",
    ),
    "day_not_one": ("[[source]]\nname='a'\nkind='noaa'\nfirst_day='soon'\n", ":4: source[0].first_day: a date is"),
    "address_of_a_file": (
        "[[source]]\nname='a'\nkind='noaa'\nfirst_day=2024-01-01\nurl='file:///etc/passwd'\n",
        ":5: source[0].url: an address begins with https://",
    ),
    "secret_written_out": (
        "[[source]]\nname='a'\nkind='aisstream'\nkey='SECRET'\n",
        ":4: source[0].key: a secret is never written here",
    ),
    "secret_nowhere": ("[[source]]\nname='a'\nkind='aisstream'\nkey={}\n", ":4: source[0].key: a secret is named as"),
    "name_twice": (
        "[[source]]\nname='a'\nkind='folder'\npath='x'\n[[source]]\nname='a'\nkind='folder'\npath='y'\n",
        ":1: two of [[source]] are called 'a'",
    ),
    "name_as_a_path": ("[[source]]\nname='../a'\nkind='folder'\npath='x'\n", ":2: source[0].name: has characters"),
    "mail_without_server": ("[[recipient]]\nname='d'\nto='a@b.example'\n", ":1: a recipient by mail needs the table"),
    "mail_to_nobody": ("[[recipient]]\nname='d'\n", ":1: recipient[0]: a recipient by mail needs 'to'"),
    "webhook_without_url": ("[[recipient]]\nname='d'\nchannel='webhook'\n", ":1: recipient[0]: a recipient by webhook"),
    "list_from_nowhere": ("[[watchlist]]\nname='l'\n", ":1: watchlist[0]: a watchlist comes from a 'url' or"),
    "no_toml": ("[run\n", ":1: is no valid TOML"),
    "cut_off": ("[run]\nevery = '1h\n", ":2: is no valid TOML"),
    "table_twice": ("[run]\n[run]\n", ":2: is no valid TOML"),
}


@pytest.mark.parametrize(("text", "told"), FAULTS.values(), ids=FAULTS)
def test_a_fault_names_line_and_key(tmp_path: Path, text: str, told: str) -> None:
    file = write(tmp_path, text)
    with pytest.raises(FaultsError) as caught:
        read_settings(file)
    assert f"{file}{told}" in str(caught.value)
    assert "SECRET" not in str(caught.value)


def test_all_faults_come_at_once_in_order_of_lines(tmp_path: Path) -> None:
    text = "[run]\nevry = 1\n[[source]]\nkind = 'x'\n[[source]]\nkind = 'dma'\nname = 'b'\n[log]\nlevel = 'loud'\n"
    with pytest.raises(FaultsError) as caught:
        read_settings(write(tmp_path, text))
    assert [fault.line for fault in caught.value.faults] == [2, 4, 5, 9]


HOSTILE = {
    "not_utf8": (b"\xff\xfe", "is not UTF-8 text"),
    "endless": (b"#" * (1024 * 1024 + 1), "is larger than 1024 KB"),
}


@pytest.mark.parametrize(("data", "told"), HOSTILE.values(), ids=HOSTILE)
def test_a_file_that_is_no_text_is_told(tmp_path: Path, data: bytes, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        read_settings(write(tmp_path, data))


def test_a_named_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    done = shipwatch("--config", tmp_path / "none.toml", "--data-dir", tmp_path, "run", "--once")
    assert done.code == 2
    assert "none.toml" in done.err


def test_settings_are_looked_for_here_then_with_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, here = tmp_path / "data", tmp_path / "here"
    data.mkdir()
    here.mkdir()
    monkeypatch.chdir(here)
    assert find_settings(None, data) is None
    beside = write(data, "")
    assert find_settings(None, data) == beside
    write(here, "")
    assert find_settings(None, data) == Path("shipwatch.toml")
    assert find_settings(beside, data) == beside


def test_init_writes_the_sample_once(tmp_path: Path) -> None:
    done = shipwatch("init", folder=tmp_path)
    assert (done.code, (tmp_path / "shipwatch.toml").read_text(encoding="utf-8")) == (0, SAMPLE)
    (tmp_path / "shipwatch.toml").write_text("mine")
    again = shipwatch("init", folder=tmp_path)
    assert again.code == 2
    assert "is left as it is" in again.err
    assert (tmp_path / "shipwatch.toml").read_text() == "mine"
