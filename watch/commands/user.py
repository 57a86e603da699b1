"""`shipwatch user`: who may look at the web page from another machine, and who may decide there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from watch.commands.context import examples, print_json, print_table, workspace
from watch.errors import ConfigError
from watch.wording import moment_words, plural

app = typer.Typer(help="Make and remove users of the web page.", no_args_is_help=True)

_ROLES = "viewer (looks) or analyst (decides too)"
Name = Annotated[str, typer.Argument(help="What the user types to log in; it stands beside what they decide.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Take the password from the first line of a file that only its owner may read."),
]
PasswordEnv = Annotated[str | None, typer.Option(metavar="NAME", help="Take it from this variable.")]


@app.command(epilog=examples("shipwatch user add ann", "shipwatch user add bob --role viewer --password-file bob.txt"))
def add(
    ctx: typer.Context,
    name: Name,
    role: Annotated[str, typer.Option(help=f"{_ROLES}.")] = "analyst",
    password_file: PasswordFile = None,
    password_env: PasswordEnv = None,
) -> None:
    """Make a user; the password is asked for twice, or read from standard input where that is no terminal."""
    from watch.clock import now
    from watch.store.users import add_user, check_new

    ws = workspace(ctx)
    with ws.engine.connect() as conn:
        check_new(conn, name, role)
    password = _password(password_file, password_env)
    with ws.engine.begin() as conn:
        user = add_user(conn, name, role, password, at=now())
    typer.echo(f"{user.name} may log in as {user.role}")


@app.command(name="list", epilog=examples("shipwatch user list", "shipwatch user list --json"))
def list_users(
    ctx: typer.Context, json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False
) -> None:
    """List the users; nothing of their passwords."""
    from watch.store.types import iso
    from watch.store.users import read_users

    with workspace(ctx).engine.connect() as conn:
        users = read_users(conn)
    if json:
        moments = ({"made_at": iso(user.made_at), "changed_at": iso(user.changed_at)} for user in users)
        print_json({"name": user.name, "role": user.role, **at} for user, at in zip(users, moments, strict=True))
        return
    rows = ([user.name, user.role, moment_words(user.made_at), moment_words(user.changed_at)] for user in users)
    print_table(plural(len(users), "user"), ["name", "role", "made", "changed"], rows)


@app.command(epilog=examples("shipwatch user passwd ann"))
def passwd(
    ctx: typer.Context, name: Name, password_file: PasswordFile = None, password_env: PasswordEnv = None
) -> None:
    """Give a user another password; they are logged out everywhere."""
    from watch.clock import now
    from watch.store.users import known_user, set_password

    ws = workspace(ctx)
    with ws.engine.connect() as conn:
        user = known_user(conn, name)
    password = _password(password_file, password_env)
    with ws.engine.begin() as conn:
        set_password(conn, name, password, at=now())
    typer.echo(f"{user.name} has another password, and is logged out everywhere")


@app.command(epilog=examples("shipwatch user role ann viewer"))
def role(ctx: typer.Context, name: Name, role: Annotated[str, typer.Argument(help=f"{_ROLES}.")]) -> None:
    """Give a user another role; they are logged out everywhere."""
    from watch.clock import now
    from watch.store.users import known_user, set_role

    with workspace(ctx).engine.begin() as conn:
        set_role(conn, name, role, at=now())
        user = known_user(conn, name)
    typer.echo(f"{user.name} is {user.role} now, and is logged out everywhere")


@app.command(epilog=examples("shipwatch user remove ann"))
def remove(ctx: typer.Context, name: Name) -> None:
    """Remove a user, who is logged out everywhere; what they decided stays in the history."""
    from watch.store.users import remove_user

    with workspace(ctx).engine.begin() as conn:
        user = remove_user(conn, name)
    typer.echo(f"{user.name} may no longer log in")


def _password(file: Path | None, env: str | None) -> str:
    """Return the password that is asked for or named; never an argument, which every process of the machine sees."""
    from watch.secret import read_secret
    from watch.source_settings import Secret

    if file is not None and env is not None:
        raise ConfigError("name --password-file or --password-env, not both")
    if file is not None or env is not None:
        return read_secret(Secret(file=file, env=env), "the password")
    if not sys.stdin.isatty():
        return _line(sys.stdin.readline())
    from getpass import getpass

    first = getpass("Password: ")
    if first != getpass("The same again: "):
        raise ConfigError("the two are not the same; try again")
    return first


def _line(text: str) -> str:
    password = text.rstrip("\r\n")
    if not password:
        raise ConfigError("standard input holds no password; write it on the first line, or name --password-file FILE")
    return password
