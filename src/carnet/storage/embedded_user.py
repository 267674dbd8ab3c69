"""As whom the embedded PostgreSQL runs, and by what right it passes closed folders: docs/decisions/0002-embedded-postgresql.md."""

import os
import pwd
import stat
from pathlib import Path

_SYSTEM_USERS = ("carnet", "postgres", "nobody")  # who runs PostgreSQL when we are root, in order of preference


class EmbeddedPostgresError(RuntimeError):
    """The embedded PostgreSQL cannot start or be reached; the message tells the operator what to do."""


def unprivileged_user() -> pwd.struct_passwd:
    """
    Who runs PostgreSQL when we are root.

    Raises
        EmbeddedPostgresError: nobody can.
    """
    for name in _SYSTEM_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EmbeddedPostgresError(
        "PostgreSQL refuses to run as root and none of the users carnet, postgres, nobody exists: create one"
    )


def capabilities_needed(user: pwd.struct_passwd, folder: Path, programs: Path) -> int:
    """
    The capabilities that an unprivileged PostgreSQL needs to pass closed parent folders (home or .venv under a 0700 /root), as a mask.

    CAP_DAC_READ_SEARCH (2) passes folders and reads; programs installed without `x` for others, or a container that withholds it,
    need CAP_DAC_OVERRIDE (1). None when the way is open: 0.
    """
    if os.geteuid() != 0:
        return 0
    postgres = (programs / "postgres").resolve()
    is_open = all(
        parent.stat().st_mode & stat.S_IXOTH or parent.stat().st_uid == user.pw_uid
        for path in (folder.resolve(), postgres)
        for parent in path.parents
    )
    is_executable = bool(postgres.stat().st_mode & stat.S_IXOTH)
    if is_open and is_executable:
        return 0
    permitted = _permitted_capabilities()
    wanted = 1 << 2 if is_executable and permitted & 1 << 2 else 1 << 1
    if not permitted & wanted:
        raise EmbeddedPostgresError(
            f"the user {user.pw_name} cannot reach {folder} or {postgres}: open their parent folders (chmod o+x)"
        )
    return wanted


def _permitted_capabilities() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapPrm:"):
            return int(line.split()[1], 16)
    return 0


def give(path: Path, user: pwd.struct_passwd) -> None:
    """Make the user the owner, where it is not."""
    if path.stat().st_uid != user.pw_uid:
        os.chown(path, user.pw_uid, user.pw_gid)
