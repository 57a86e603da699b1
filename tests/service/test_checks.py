"""What of the settings only the installation can tell is told before work begins, all at once."""

from __future__ import annotations

from pathlib import Path

from command_line import shipwatch

SETTINGS = """
[mail]
host = "localhost"
sender = "watch@example.org"
password = {env = "NO_SUCH_VARIABLE"}
[[source]]
name = "sky"
kind = "aisstream"
key = {file = "KEY"}
[[source]]
name = "rests"
kind = "aisstream"
enabled = false
key = {env = "NOT_ASKED"}
[[recipient]]
name = "desk"
to = ["desk@example.org"]
areas = ["VE", "my_eopl", "Venezuela"]
families = ["iran-venezuela", "irna-venezuela"]
"""


def test_secrets_and_names_are_looked_for_before_work_begins(tmp_path: Path) -> None:
    config = tmp_path / "shipwatch.toml"
    config.write_text(SETTINGS.replace("KEY", str(tmp_path / "key")))
    (tmp_path / "key").write_text("s3cret\n")
    (tmp_path / "key").chmod(0o644)
    done = shipwatch("--data-dir", tmp_path / "data", "--config", config, "run", "--once")
    assert done.code == 2
    told = done.err.splitlines()
    assert len(told) == 4
    assert "mail password: the environment has no NO_SUCH_VARIABLE" in told[0]
    assert "source sky key: others may read" in told[1]
    assert "recipient desk: areas: 'Venezuela' is no zone or country (two letters)" in told[2]
    assert "families: 'irna-venezuela' is no folder of rules; did you mean 'iran-venezuela'?" in told[3]
    assert "s3cret" not in done.err


def test_a_source_that_fails_makes_a_run_by_cron_fail(tmp_path: Path) -> None:
    config = tmp_path / "shipwatch.toml"
    config.write_text('[[source]]\nname = "gone"\nkind = "folder"\npath = "nowhere"\n')
    done = shipwatch("--data-dir", tmp_path / "data", "--config", config, "run", "--once")
    assert done.code == 1
    assert "nowhere" in done.err
