"""Users, their passwords and sessions, and how often a password may be guessed, on SQLite and PostgreSQL."""

from __future__ import annotations

import io
import os
import pty
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from command_line import on
from sqlalchemy import Connection, Engine, select

from watch import passwords
from watch.backup.restore import restore
from watch.backup.save import back_up
from watch.errors import ConfigError
from watch.passwords import check_password, hash_password, is_outdated, is_password
from watch.store import login_tries, schema, sessions, users
from watch.store.login_tries import Guess, Noted, forgive, note_try
from watch.store.sessions import begin_session, end_session, is_to_note, note_session, read_session
from watch.store.users import User, add_user, read_user, read_users, remove_user, set_password, set_role, user_name
from watch.workspace import Workspace

AT = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
GOOD = "correct horse battery"
OTHER = "staple staple tractor"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that cost nothing, where what they cost is not asked."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def make(engine: Engine, name: str = "ann", role: str = "analyst") -> User:
    with engine.begin() as conn:
        return add_user(conn, name, role, GOOD, at=AT)


PASSWORDS: dict[str, tuple[str, str | None]] = {
    "a_few_words": (GOOD, None),
    "letters_of_any_alphabet": ("волны и ветер", None),
    "eleven_characters": ("x1y2z3w4v5u", "has 11 characters; take at least 12"),
    "the_name": ("ann.lee.of.the.desk", "hardly more than the name"),
    "the_name_in_capitals_with_a_year": ("Ann.Lee.Of.The.Desk26", "hardly more than the name"),
    "one_letter": ("a" * 20, "repeats few characters"),
    "a_book": (GOOD * 20, "more than 256"),
}


@pytest.mark.parametrize(("password", "told"), PASSWORDS.values(), ids=PASSWORDS)
def test_a_password_is_long_and_not_the_name(password: str, told: str | None) -> None:
    if told is None:
        check_password("ann.lee.of.the.desk", password)
        return
    with pytest.raises(ConfigError, match=told) as caught:
        check_password("ann.lee.of.the.desk", password)
    assert password not in str(caught.value)


def test_a_hash_is_argon2id_with_its_own_salt_and_fits_its_password_alone() -> None:
    kept = hash_password(GOOD)
    assert kept.startswith("$argon2id$")
    assert hash_password(GOOD) != kept
    assert is_password(kept, GOOD)
    assert not is_password(kept, OTHER)
    assert not is_password("none of ours", GOOD)
    assert not is_password(None, GOOD)


def test_an_unknown_name_costs_what_a_known_one_costs() -> None:
    assert not is_outdated(passwords._NOBODY)
    assert passwords._NOBODY.split("$")[1:4] == hash_password(GOOD).split("$")[1:4]


def test_the_same_letters_written_another_way_are_the_same_password(quick: None) -> None:
    assert is_password(hash_password("caf\u00e9 au bord de mer"), "cafe\u0301 au bord de mer")


NAMES: dict[str, tuple[str, str | None]] = {
    "small_letters": (" Ann.Lee ", "ann.lee"),
    "address": ("ann@desk.example", "ann@desk.example"),
    "one_letter": ("a", "a"),
    "empty": ("", None),
    "blank_inside": ("ann lee", None),
    "newline": ("ann\nbob", None),
    "letters_that_look_alike": ("аnn", None),
    "dot_first": (".ann", None),
    "too_long": ("a" * 65, None),
    "markup": ("<b>", None),
}


@pytest.mark.parametrize(("text", "name"), NAMES.values(), ids=NAMES)
def test_a_name_is_plain(text: str, name: str | None) -> None:
    if name:
        assert user_name(text) == name
    else:
        with pytest.raises(ConfigError, match="is no name of a user"):
            user_name(text)


def test_a_user_is_made_once_with_a_role_that_there_is(engine: Engine, quick: None) -> None:
    make(engine, "Ann")
    with engine.begin() as conn:
        with pytest.raises(ConfigError, match="there is a user ann already"):
            add_user(conn, "ANN", "viewer", GOOD, at=AT)
        with pytest.raises(ConfigError, match="'admin' is no role; there are viewer, analyst"):
            add_user(conn, "bob", "admin", GOOD, at=AT)
        assert [(u.name, u.role, u.made_at) for u in read_users(conn)] == [("ann", "analyst", AT)]


ENDS: dict[str, Callable[[Connection], object]] = {
    "another_password": lambda conn: set_password(conn, "ann", OTHER, at=AT),
    "another_role": lambda conn: set_role(conn, "ann", "viewer", at=AT),
    "removed": lambda conn: remove_user(conn, "ann"),
}


@pytest.mark.parametrize("change", ENDS.values(), ids=ENDS)
def test_what_changes_a_user_ends_their_sessions_and_no_others(
    engine: Engine, quick: None, change: Callable[[Connection], object]
) -> None:
    make(engine), make(engine, "bob")
    with engine.begin() as conn:
        anns, bobs = (begin_session(conn, name, at=AT) for name in ("ann", "bob"))
        change(conn)
    with engine.connect() as conn:
        assert read_session(conn, anns, at=AT) is None
        assert read_session(conn, bobs, at=AT) == sessions.Session("bob", "analyst", AT)


def test_another_password_is_the_only_one_that_fits(engine: Engine, quick: None) -> None:
    make(engine)
    with engine.begin() as conn:
        set_password(conn, "ann", OTHER, at=AT)
        user = read_user(conn, "ann")
    assert user
    assert (is_password(user.password, OTHER), is_password(user.password, GOOD)) == (True, False)


def test_a_hash_of_other_parameters_is_made_anew(engine: Engine, quick: None) -> None:
    old = make(engine)
    passwords._HASHER = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)
    assert is_outdated(old.password)
    with engine.begin() as conn:
        users.keep_rehashed(conn, old, GOOD)
        new = read_user(conn, "ann")
    assert new
    assert not is_outdated(new.password)
    assert is_password(new.password, GOOD)


def test_the_database_never_has_the_token(engine: Engine, quick: None) -> None:
    make(engine)
    with engine.begin() as conn:
        token = begin_session(conn, "ann", at=AT)
        (row,) = conn.execute(select(schema.sessions)).all()
    assert len(token) >= 43
    assert token not in map(str, row)


LASTING: dict[str, tuple[list[float], float, bool]] = {
    "at_once": ([], 0, True),
    "just_before_twelve_idle_hours": ([], 11.99, True),
    "after_twelve_idle_hours": ([], 12, False),
    "used_now_and_then": ([10, 20, 30], 41, True),
    "seven_days_however_much_used": ([10 * n for n in range(1, 17)], 168, False),
}


@pytest.mark.parametrize(("used_h", "asked_h", "lasts"), LASTING.values(), ids=LASTING)
def test_a_session_lasts_while_it_is_used_and_a_week_at_most(
    engine: Engine, quick: None, used_h: list[float], asked_h: float, lasts: bool
) -> None:
    make(engine)
    with engine.begin() as conn:
        token = begin_session(conn, "ann", at=AT)
        for hours in used_h:
            session = read_session(conn, token, at=AT + timedelta(hours=hours))
            assert session
            assert is_to_note(session, AT + timedelta(hours=hours))
            note_session(conn, token, at=AT + timedelta(hours=hours))
        found = read_session(conn, token, at=AT + timedelta(hours=asked_h))
    assert (found is not None) == lasts


def test_sessions_that_are_over_are_swept(engine: Engine, quick: None) -> None:
    make(engine)
    with engine.begin() as conn:
        begin_session(conn, "ann", at=AT)
        last = begin_session(conn, "ann", at=AT + timedelta(days=1))
        assert len(conn.execute(select(schema.sessions)).all()) == 1
        end_session(conn, last)
        assert read_session(conn, last, at=AT + timedelta(days=1)) is None


def tries(engine: Engine, guess: Guess, count: int, at: datetime = AT) -> list[Noted]:
    with engine.begin() as conn:
        return [note_try(conn, guess, at=at) for _ in range(count)]


def wait_s(engine: Engine, guess: Guess, at: datetime = AT) -> int:
    """Return how long a guess would have to wait; it is not counted."""
    with engine.connect() as conn:
        noted = note_try(conn, guess, at=at)
        conn.rollback()
    return noted.wait_s


def test_after_five_failures_one_waits_until_the_window_has_passed(engine: Engine) -> None:
    guess = Guess("ann", "10.0.0.1")
    assert [noted.wait_s for noted in tries(engine, guess, 5)] == [0] * 5
    assert wait_s(engine, guess, AT + timedelta(minutes=5)) == 600
    assert wait_s(engine, guess, AT + timedelta(minutes=15)) == 0


def test_a_refused_try_does_not_prolong_the_wait(engine: Engine) -> None:
    guess = Guess("ann", "10.0.0.1")
    tries(engine, guess, 5), tries(engine, guess, 50, AT + timedelta(minutes=14))
    assert wait_s(engine, guess, AT + timedelta(minutes=15)) == 0


def test_one_address_that_guesses_does_not_shut_out_a_colleague_at_another(engine: Engine) -> None:
    tries(engine, Guess("ann", "10.0.0.66"), 100)
    assert wait_s(engine, Guess("ann", "10.0.0.66")) > 0
    assert wait_s(engine, Guess("ann", "10.0.0.1")) == 0


def test_many_addresses_that_guess_at_a_name_wait_but_not_the_browser_it_logged_in_from(engine: Engine) -> None:
    with engine.begin() as conn:
        own = Guess("ann", "10.0.0.1", "her browser")
        forgive(conn, note_try(conn, own, at=AT), own, at=AT)
    for last in range(10):
        tries(engine, Guess("ann", f"10.0.1.{last}"), 3)
    assert wait_s(engine, Guess("ann", "10.0.2.1")) > 0
    assert wait_s(engine, Guess("bob", "10.0.2.1")) == 0
    assert wait_s(engine, Guess("ann", "10.0.9.9", "her browser")) == 0
    assert wait_s(engine, Guess("ann", "10.0.9.9", "no browser of hers")) > 0
    tries(engine, Guess("ann", "10.0.9.9", "her browser"), 5)
    assert wait_s(engine, Guess("ann", "10.0.9.9", "her browser")) > 0


def test_one_address_that_guesses_at_many_names_waits(engine: Engine) -> None:
    for number in range(20):
        tries(engine, Guess(f"user{number}", "10.0.0.66"), 1)
    assert wait_s(engine, Guess("user20", "10.0.0.66")) > 0


def test_a_right_password_counts_no_try(engine: Engine) -> None:
    for number in range(30):
        with engine.begin() as conn:
            guess = Guess("ann", "10.0.0.1", f"browser {number}")
            noted = note_try(conn, guess, at=AT)
            assert noted.wait_s == 0
            forgive(conn, noted, guess, at=AT)


def test_tries_at_once_are_counted_each(engine: Engine) -> None:
    guess = Guess("ann", "10.0.0.1")
    with ThreadPoolExecutor(8) as pool:
        waits = [noted.wait_s for some in pool.map(lambda _: tries(engine, guess, 2), range(8)) for noted in some]
    assert sum(wait == 0 for wait in waits) == 5


def test_tries_are_swept_and_hold_no_word_that_was_typed(engine: Engine) -> None:
    tries(engine, Guess(GOOD, "10.0.0.1"), 5)
    with engine.connect() as conn:
        rows = conn.execute(select(schema.login_tries)).all()
        assert len(rows) == 15
        assert not [row for row in rows if GOOD in str(row) or "10.0.0.1" in str(row)]
    tries(engine, Guess("bob", "10.0.0.2"), 1, AT + login_tries.WINDOW)
    with engine.connect() as conn:
        assert len(conn.execute(select(schema.login_tries)).all()) == 3


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    (data / "shipwatch.db").write_bytes(sqlite_template.read_bytes())
    return data


def test_the_commands_make_change_and_remove_a_user(folder: Path, quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANNS", GOOD)
    assert on(folder, "user", "add", "Ann", "--password-env", "ANNS").out == "ann may log in as analyst\n"
    assert "ann is viewer now" in on(folder, "user", "role", "ann", "viewer").out
    (row,) = on(folder, "user", "list", "--json").rows
    assert (row["name"], row["role"], sorted(row)) == ("ann", "viewer", ["changed_at", "made_at", "name", "role"])
    assert "argon2" not in on(folder, "user", "list").out
    file = folder / "password"
    file.write_text(f"{OTHER}\n")
    file.chmod(0o600)
    assert on(folder, "user", "passwd", "ann", "--password-file", file).code == 0
    assert "ann may no longer log in" in on(folder, "user", "remove", "ann").out
    assert on(folder, "user", "remove", "ann").code == 2


BAD_USE: dict[str, tuple[list[str], str]] = {
    "role_that_is_none": (["add", "bob", "--role", "admin", "--password-env", "ANNS"], "is no role"),
    "variable_that_is_not_set": (["add", "bob", "--password-env", "NOBODYS"], "the environment has no NOBODYS"),
    "both_places": (["add", "bob", "--password-env", "ANNS", "--password-file", "x"], "not both"),
    "short_password": (["add", "bob", "--password-env", "SHORT"], "take at least 12"),
    "nobody_of_that_name": (["passwd", "carl", "--password-env", "ANNS"], "there is no user carl"),
    "password_as_an_argument": (["add", "bob", GOOD], ""),
    "file_that_others_read": (["add", "bob", "--password-file", "open.txt"], "others may read"),
    "nothing_on_standard_input": (["add", "bob"], "standard input holds no password"),
}


@pytest.mark.parametrize(("words", "told"), BAD_USE.values(), ids=BAD_USE)
def test_bad_use_is_told_and_makes_nobody(
    folder: Path, quick: None, monkeypatch: pytest.MonkeyPatch, words: list[str], told: str
) -> None:
    monkeypatch.setenv("ANNS", GOOD)
    monkeypatch.setenv("SHORT", "short")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    (folder / "open.txt").write_text(GOOD)
    (folder / "open.txt").chmod(0o644)
    words = [str(folder / word) if word == "open.txt" else word for word in words]
    done = on(folder, "user", *words)
    assert done.code == 2
    assert told in done.err
    assert on(folder, "user", "list", "--json").out == ""


def test_a_script_may_write_the_password_to_standard_input(
    folder: Path, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{GOOD}\n"))
    assert on(folder, "user", "add", "ann").code == 0
    with Workspace(folder).engine.connect() as conn:
        user = read_user(conn, "ann")
    assert user
    assert is_password(user.password, GOOD)


TYPED: dict[str, tuple[list[str], int, str]] = {
    "the_same_twice": ([GOOD, GOOD], 0, "ann may log in as analyst"),
    "two_that_differ": ([GOOD, OTHER], 2, "the two are not the same"),
}


@pytest.mark.parametrize(("lines", "code", "told"), TYPED.values(), ids=TYPED)
def test_at_a_terminal_the_password_is_asked_for_twice_and_not_shown(
    folder: Path, lines: list[str], code: int, told: str
) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        command = "from watch.cli import main; main()"
        os.execv(sys.executable, [sys.executable, "-c", command, "--data-dir", str(folder), "user", "add", "ann"])
    shown = b""
    for prompt, line in zip((b"Password: ", b"The same again: "), lines, strict=True):
        while not shown.endswith(prompt):
            shown += os.read(terminal, 1024)
        os.write(terminal, line.encode() + b"\n")
    shown += read_to_end(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == code
    assert told in shown.decode()
    assert GOOD not in shown.decode()


def read_to_end(terminal: int) -> bytes:
    shown = b""
    try:
        while some := os.read(terminal, 1024):
            shown += some
    except OSError:  # how a terminal says that nobody is there any more
        pass
    return shown


def test_a_backup_has_the_users_and_a_restore_logs_everybody_out(folder: Path, quick: None, tmp_path: Path) -> None:
    ws = Workspace(folder)
    user = make(ws.engine)
    with ws.engine.begin() as conn:
        token = begin_session(conn, "ann", at=AT)
    path = tmp_path / "kept.zip"
    back_up(ws, path, at=AT, progress=lambda what, share: None)
    restore(ws, path, at=AT, progress=lambda what, share: None, replace=True)
    with ws.engine.connect() as conn:
        assert read_user(conn, "ann") == user
        assert read_session(conn, token, at=AT) is None
