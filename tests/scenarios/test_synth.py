import pytest
import typer
from typer.testing import CliRunner

from watch.commands.synth import synth
from watch.errors import ConfigError

app = typer.Typer()
app.command()(synth)


@pytest.mark.parametrize(("form", "first"), [("canonical", "mmsi,"), ("noaa", "MMSI,"), ("dma", "# Timestamp,")])
def test_synth_writes_a_bundled_scenario(tmp_path, form, first):
    out = tmp_path / "n9.csv"
    done = CliRunner().invoke(app, ["n9", "-o", str(out), "--format", form])
    assert done.exit_code == 0, done.output
    lines = out.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith(first)
    assert f"{len(lines) - 1} fixes of 1 made ship (n9)" in done.output


def test_seed_changes_the_noise(tmp_path):
    for name, more in (("a", []), ("b", []), ("c", ["--seed", "7"])):
        CliRunner().invoke(app, ["n9", "-o", str(tmp_path / name), *more], catch_exceptions=False)
    a, b, c = ((tmp_path / name).read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_a_folder_that_is_not_there_is_told(tmp_path):
    done = CliRunner().invoke(app, ["n9", "-o", str(tmp_path / "gone" / "n9.csv")])
    assert isinstance(done.exception, ConfigError)
    assert "cannot be written" in str(done.exception)
