"""
The watcher between carnet and its PostgreSQL: drops root, runs one program, stops it when the pipe on standard input closes.

Run as a script with the standard library only: `python -I -S embedded_watch.py UID:GID|- CAPABILITIES PROGRAM ARGUMENT…`.
Being of one thread, it can ask the kernel to pass on its own death; carnet, being of many, cannot.
"""

import ctypes
import os
import select
import signal
import struct
import sys
import time

_STOP_SECONDS = 60
_PR_SET_PDEATHSIG, _PR_SET_KEEPCAPS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP = 28, 1 << 2
_CAPABILITY_VERSION_3 = 0x20080522


def drop_root(uid: int, gid: int, capabilities: int) -> None:
    """Become an unprivileged user, keeping only these capabilities across the coming exec (see capabilities(7), ambient)."""
    libc = ctypes.CDLL(None, use_errno=True) if capabilities else None
    if libc is not None:
        _check(libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0))
        # access(2), which PostgreSQL asks about its own programs, forgets capabilities without this bit. A container may withhold the
        # right to set it: then only programs that stand in a closed folder are out of reach, and they say so.
        libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if libc is None:
        return
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    # Two words of (effective, permitted, inheritable): capabilities 0 to 31, then 32 to 63.
    _check(libc.capset(header, struct.pack("=6I", capabilities, capabilities, capabilities, 0, 0, 0)))
    for number in range(32):
        if capabilities >> number & 1:
            _check(libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, number, 0, 0))


def follow_parent(parent: int) -> None:
    """Ask for SIGINT (PostgreSQL's fast shutdown) when the watcher dies; set after the change of user, which clears it."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGINT), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def watch(arguments: list[str]) -> int:
    """Run the program and return its exit status; a signal gives 128 plus its number, as a shell does."""
    drop, capabilities, *command = arguments
    watcher = os.getpid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # only the pipe decides
    child = os.fork()
    if child == 0:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        _become(command, drop, int(capabilities), watcher)
    wake, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    is_stopping, deadline = False, float("inf")
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGQUIT)  # immediate: the next start recovers from the log
            deadline = float("inf")
        waited = [wake] if is_stopping else [wake, 0]
        ready, _, _ = select.select(waited, [], [], 0.5 if is_stopping else None)
        if wake in ready:
            os.read(wake, 64)
        if 0 in ready and not os.read(0, 64):
            is_stopping, deadline = True, time.monotonic() + _STOP_SECONDS
            os.kill(child, signal.SIGINT)


def _become(command: list[str], drop: str, capabilities: int, watcher: int) -> None:
    try:
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.umask(0o077)
        if drop != "-":
            uid, _, gid = drop.partition(":")
            drop_root(int(uid), int(gid), capabilities)
        follow_parent(watcher)
        os.execv(command[0], command)  # noqa: S606 - given by carnet, never from outside
    except OSError as error:
        os.write(2, f"{command[0]} could not be run: {error}\n".encode())
    finally:
        os._exit(126)


def _check(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    sys.exit(watch(sys.argv[1:]))
