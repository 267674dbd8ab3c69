"""Each backend gives back what it was given, or says that it cannot."""

import os
import stat
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from carnet.jobs.sweep_contents import sweep_contents
from carnet.storage.contents import FilesystemContents, PostgresqlContents, open_contents
from carnet.storage.keys import KeyRing
from carnet.storage.sealing import SEGMENT_BYTES, ContentDamaged, SealingKey, open_content, seal_content

RING = KeyRing({1: os.urandom(32)})
KEY = SealingKey(os.urandom(32))
CONTENT = os.urandom(2 * SEGMENT_BYTES + 77)


@pytest.fixture
def folder(tmp_path: Path) -> FilesystemContents:
    opened = open_contents(f"file:{tmp_path}/contents", ring=RING)
    assert isinstance(opened, FilesystemContents)
    return opened


def files(path: Path) -> list[Path]:
    return [each for each in path.rglob("*") if each.is_file()]


async def test_postgresql_hands_every_segment_to_the_act_and_takes_its_rows_back() -> None:
    contents = open_contents(None, ring=RING)
    assert isinstance(contents, PostgresqlContents)
    patient, document = uuid4(), uuid4()
    sealed = seal_content(KEY, CONTENT, patient_id=patient, logical_id=document)
    rows = await contents.write(patient, document, sealed)
    assert rows == sealed.segments
    assert await contents.read(patient, document, (0, 2), (rows[0], rows[2])) == [rows[0], rows[2]]
    with pytest.raises(ContentDamaged):
        await contents.read(patient, document, (0, 1), (rows[0],))
    await contents.discard(patient, document)


@pytest.mark.parametrize("size", [0, 1, SEGMENT_BYTES, len(CONTENT)])
async def test_a_folder_gives_back_what_it_kept(folder: FilesystemContents, size: int) -> None:
    patient, document = uuid4(), uuid4()
    sealed = seal_content(KEY, CONTENT[:size], patient_id=patient, logical_id=document)
    assert await folder.write(patient, document, sealed) == ()
    segments = await folder.read(patient, document, range(len(sealed.segments)), ())
    assert open_content(KEY, segments, patient_id=patient, logical_id=document, size_bytes=size) == CONTENT[:size]


async def test_a_folder_gives_only_the_segments_asked(folder: FilesystemContents) -> None:
    patient, document = uuid4(), uuid4()
    sealed = seal_content(KEY, CONTENT, patient_id=patient, logical_id=document)
    await folder.write(patient, document, sealed)
    assert await folder.read(patient, document, (0, 2), ()) == [sealed.segments[0], sealed.segments[2]]
    with pytest.raises(ContentDamaged):
        await folder.read(patient, document, (3,), ())


async def test_a_folder_is_private_and_does_not_say_whose_files_it_holds(
    folder: FilesystemContents, tmp_path: Path
) -> None:
    patient, document = uuid4(), uuid4()
    await folder.write(patient, document, seal_content(KEY, b"x", patient_id=patient, logical_id=document))
    (kept,) = files(tmp_path)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert all(
        stat.S_IMODE(each.stat().st_mode) == 0o700 for each in (tmp_path / "contents").rglob("*") if each.is_dir()
    )
    shown = str(kept).encode() + kept.read_bytes()
    for each in (patient, document):
        assert each.bytes not in shown
        assert each.hex.encode() not in shown


async def test_a_discarded_content_is_gone_and_discarding_twice_is_harmless(
    folder: FilesystemContents, tmp_path: Path
) -> None:
    patient, document = uuid4(), uuid4()
    await folder.write(patient, document, seal_content(KEY, b"x", patient_id=patient, logical_id=document))
    await folder.discard(patient, document)
    await folder.discard(patient, document)
    assert files(tmp_path) == []
    with pytest.raises(ContentDamaged):
        await folder.read(patient, document, (0,), ())


@pytest.mark.parametrize("url", ["s3://bucket", "file:relative", "file://host/path", "ftp:/x", "x"])
def test_an_unknown_place_is_refused_at_start(url: str) -> None:
    with pytest.raises(ValueError, match="CARNET_CONTENT_URL"):
        open_contents(url, ring=RING)


async def test_the_sweeper_removes_only_old_orphans(folder: FilesystemContents, tmp_path: Path) -> None:
    kept, orphan, recent = [(uuid4(), uuid4()) for _ in range(3)]
    for owner in (kept, orphan, recent):
        await folder.write(*owner, seal_content(KEY, b"x", patient_id=owner[0], logical_id=owner[1]))
    cut_short = tmp_path / "contents" / "incoming" / "cut"
    cut_short.write_bytes(b"half")
    altered = (uuid4(), uuid4())
    await folder.write(*altered, seal_content(KEY, b"x", patient_id=altered[0], logical_id=altered[1]))
    folder._path(*altered).write_bytes(b"altered")
    old = time.time() - 7200
    for path in files(tmp_path):
        if path != folder._path(*recent):
            os.utime(path, (old, old))

    async def known(owners: Sequence[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
        assert recent not in owners
        return {kept} & set(owners)

    assert await sweep_contents(folder, known=known) == 2
    assert set(files(tmp_path)) == {folder._path(*kept), folder._path(*recent), folder._path(*altered)}
    assert await sweep_contents(folder, known=known) == 0
