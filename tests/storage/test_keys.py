"""The master key, the ring it wraps, and the keys of patients."""

import stat
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from carnet.storage import keys
from carnet.storage.database import Database
from carnet.storage.keys import FileMasterKey, KeyRing, KeyUnavailable
from carnet.storage.sealing import SealBroken

NOW = datetime(2026, 3, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> FileMasterKey:
    return FileMasterKey.create(tmp_path_factory.mktemp("home") / "keys" / "master.key")


@pytest.fixture
async def ring(database: Database, master: FileMasterKey) -> KeyRing:
    async with database.connection() as connection:
        return await KeyRing.load(connection, master, now=NOW)


def test_a_key_file_is_private_and_made_once(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    made = FileMasterKey.create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert FileMasterKey.create(path).fingerprint == FileMasterKey.read(path).fingerprint == made.fingerprint
    assert [each.name for each in path.parent.iterdir()] == ["master.key"]


def test_a_key_file_that_is_absent_open_or_not_a_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyUnavailable, match="cannot be read"):
        FileMasterKey.read(tmp_path / "absent")
    path = tmp_path / "master.key"
    FileMasterKey.create(path)
    path.chmod(0o640)
    with pytest.raises(KeyUnavailable, match="chmod 600"):
        FileMasterKey.read(path)
    path.chmod(0o600)
    for text in ("not hexadecimal", "00" * 31):
        path.write_text(text)
        with pytest.raises(KeyUnavailable, match="does not hold a key"):
            FileMasterKey.read(path)


async def test_a_patient_key_survives_a_restart(database: Database, master: FileMasterKey, ring: KeyRing) -> None:
    patient = uuid4()
    wrapped = ring.new_patient_key(patient)
    value = ring.patient_key(patient, wrapped).seal(b"fiche", b"")
    async with database.connection() as connection:
        again = await KeyRing.load(connection, master, now=NOW)
    assert again.patient_key(patient, wrapped).open(value, b"") == b"fiche"
    assert again.server_key("cursors") == ring.server_key("cursors") != ring.server_key("tokens")
    assert len(again.server_key("cursors")) == 32
    assert again.server_sealing_key("x").open(ring.server_sealing_key("x").seal(b"c", b""), b"") == b"c"


async def test_a_patient_key_is_of_one_patient_even_in_the_cache(ring: KeyRing) -> None:
    patient = uuid4()
    wrapped = ring.new_patient_key(patient)
    assert ring.patient_key(patient, wrapped) is ring.patient_key(patient, wrapped)
    with pytest.raises(SealBroken):
        ring.patient_key(uuid4(), wrapped)
    for altered in (
        b"\x02" + wrapped[1:],
        wrapped[:1] + b"\x00\x09" + wrapped[3:],
        wrapped[:-1] + bytes([wrapped[-1] ^ 1]),
        b"",
        wrapped[:9],
    ):
        with pytest.raises(SealBroken):
            ring.patient_key(patient, altered)


async def test_the_cache_is_bounded(ring: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_CACHED_PATIENT_KEYS", 2)
    patients = [(patient, ring.new_patient_key(patient)) for patient in (uuid4(), uuid4(), uuid4())]
    first, second, third = (ring.patient_key(*each) for each in patients)
    assert len(ring._patients) == 2
    assert ring.patient_key(*patients[2]) is third
    assert ring.patient_key(*patients[1]) is second
    assert ring.patient_key(*patients[0]) is not first


async def test_a_second_key_of_the_ring_wraps_new_keys_and_the_first_still_opens(
    database: Database, master: FileMasterKey, ring: KeyRing
) -> None:
    patient = uuid4()
    former = ring.new_patient_key(patient)
    value = ring.patient_key(patient, former).seal(b"x", b"")
    async with database.connection() as connection:
        await connection.execute(
            "INSERT INTO key_ring VALUES (2, %s, %s, %s)",
            (master.wrap(b"2" * 32, b"carnet key ring \x00\x02"), master.fingerprint, NOW),
        )
        rotated = await KeyRing.load(connection, master, now=NOW)
        await connection.execute("DELETE FROM key_ring WHERE key_id = 2")
    assert rotated.patient_key(patient, former).open(value, b"") == b"x"
    assert rotated.new_patient_key(patient)[1:3] == b"\x00\x02"
    assert rotated.server_key("cursors") == ring.server_key("cursors")
    with pytest.raises(SealBroken):
        ring.patient_key(patient, rotated.new_patient_key(patient))


async def test_another_master_key_is_named_not_guessed(database: Database, ring: KeyRing, tmp_path: Path) -> None:
    other = FileMasterKey.create(tmp_path / "master.key")
    async with database.connection() as connection:
        with pytest.raises(KeyUnavailable, match=other.fingerprint):
            await KeyRing.load(connection, other, now=NOW)


async def test_an_altered_ring_is_seen(database: Database, master: FileMasterKey, ring: KeyRing) -> None:
    async with database.connection() as connection, connection.transaction(force_rollback=True):
        await connection.execute("UPDATE key_ring SET wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1)")
        with pytest.raises(KeyUnavailable, match="altered"):
            await KeyRing.load(connection, master, now=NOW)
