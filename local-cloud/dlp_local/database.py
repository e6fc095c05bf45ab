"""The local PostgreSQL as RDS would manage it: one database and one login per instance or cluster.

A comment on the database and on the role names the resource that owns it, so that two resources can never share one by
mistake: both are reached on the same port, so a second one of the same name is refused.
"""

import psycopg
from psycopg import sql

from .settings import Settings

_MARK = "dlp-local:"
_settings: Settings | None = None


def configure(settings: Settings) -> None:
    global _settings
    _settings = settings


def _connect(database: str = "postgres"):
    return psycopg.connect(
        host=_settings.postgres_host, port=_settings.postgres_port, user=_settings.postgres_user,
        password=_settings.postgres_password, dbname=database, autocommit=True, connect_timeout=5)


def health() -> str:
    try:
        with _connect() as connection:
            connection.execute("SELECT 1")
        return "ok"
    except psycopg.Error as error:
        return f"down: {str(error).strip().splitlines()[0]}"


def create(owner: str, name: str, user: str, password: str) -> None:
    """Make the database `name` and its master user for the resource `owner`; again is fine, another owner is not."""
    with _connect() as connection:
        _make_superuser_group(connection)
        # Both before anything is made, so that a refusal leaves nothing behind.
        _claim(connection, owner, "role", user, "pg_roles", "rolname", "pg_authid")
        if name != "postgres":
            _claim(connection, owner, "database", name, "pg_database", "datname", "pg_database")
        role = sql.Identifier(user)
        verb = "ALTER" if _exists(connection, "pg_roles", "rolname", user) else "CREATE"
        connection.execute(sql.SQL("{} ROLE {} LOGIN CREATEROLE CREATEDB PASSWORD {}").format(
            sql.SQL(verb), role, sql.Literal(password)))
        _mark(connection, "ROLE", user, owner)
        connection.execute(sql.SQL("GRANT rds_superuser TO {}").format(role))
        if name == "postgres":  # every server has it, and RDS gives it to the master user
            connection.execute(sql.SQL("GRANT ALL ON DATABASE postgres TO {}").format(role))
            return
        if not _exists(connection, "pg_database", "datname", name):
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(
                sql.Identifier(name), role))
        _mark(connection, "DATABASE", name, owner)


def set_password(user: str, password: str) -> None:
    with _connect() as connection:
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(user), sql.Literal(password)))


def drop(owner: str, name: str, user: str) -> None:
    """Remove what `create` made for `owner`, and the roles that its master user made; what others own stays."""
    with _connect() as connection:
        if name != "postgres" and _owner(connection, name, "pg_database", "datname", "pg_database") == owner:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        if _owner(connection, user, "pg_roles", "rolname", "pg_authid") != owner:
            return
        for role in [*_made_by(connection, user), user]:
            connection.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(sql.Identifier(role)))
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def _made_by(connection, user: str) -> list[str]:
    """Roles the master user created: PostgreSQL makes the creator a member of each with the admin option."""
    rows = connection.execute(
        """SELECT made.rolname FROM pg_auth_members m
           JOIN pg_roles made ON made.oid = m.roleid JOIN pg_roles maker ON maker.oid = m.member
           WHERE maker.rolname = %s AND m.admin_option""", (user,)).fetchall()
    return [row[0] for row in rows]


def _make_superuser_group(connection) -> None:
    """RDS has no superuser to give; its group rds_superuser can watch and cancel, and no more."""
    if not _exists(connection, "pg_roles", "rolname", "rds_superuser"):
        connection.execute("CREATE ROLE rds_superuser NOLOGIN")
    connection.execute("GRANT pg_monitor, pg_signal_backend TO rds_superuser")


def _claim(connection, owner, kind, name, view, column, catalog) -> None:
    if not _exists(connection, view, column, name):
        return
    holder = _owner(connection, name, view, column, catalog)
    if holder != owner:
        raise ValueError(f"the {kind} {name} of the local PostgreSQL belongs to {holder or 'nobody that RDS made'}: "
                         f"one local server serves every RDS resource, so {kind} names must differ")


def _exists(connection, view, column, name) -> bool:
    query = sql.SQL("SELECT 1 FROM {} WHERE {} = %s").format(sql.Identifier(view), sql.Identifier(column))
    return connection.execute(query, (name,)).fetchone() is not None


def _owner(connection, name, view, column, catalog) -> str | None:
    query = sql.SQL("SELECT shobj_description(oid, {}) FROM {} WHERE {} = %s").format(
        sql.Literal(catalog), sql.Identifier(view), sql.Identifier(column))
    row = connection.execute(query, (name,)).fetchone()
    return row[0].removeprefix(_MARK) if row and row[0] and row[0].startswith(_MARK) else None


def _mark(connection, kind, name, owner) -> None:
    connection.execute(sql.SQL("COMMENT ON {} {} IS {}").format(
        sql.SQL(kind), sql.Identifier(name), sql.Literal(_MARK + owner)))
