"""
A large invented extraction of the Annuaire, from a seed, and what importing and searching it costs.

`python -m benchmarks.directory --lines 500000` writes the file, imports it with `carnet directory import` into a fresh embedded PostgreSQL,
imports it again, then searches; it prints lines per second, the peak memory of the command, and the times of searches.
"""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from carnet.storage.embedded import EmbeddedPostgres
from carnet.territory.annuaire import ACTIVITY_COLUMNS, published
from carnet.territory.names import FAMILY_NAMES, FEMALE_NAMES, MALE_NAMES
from carnet.vocabulary.luhn import luhn_key

PROFESSIONS = (("10", 4), ("60", 10), ("70", 2), ("21", 1), ("40", 1), ("50", 1), ("86", 1), ("91", 1), ("93", 1))
SKILLS = ("SM26", "SM26", "SM26", "SM04", "SM40", "SM54", "SM42", "SM05")
SYLLABLES = (
    "BA",
    "CO",
    "DE",
    "FER",
    "GUI",
    "LAN",
    "MAR",
    "NO",
    "PE",
    "QUI",
    "RO",
    "SAN",
    "TOU",
    "VAL",
    "ZE",
    "DU",
    "LE",
    "RI",
)
TOWNS = tuple(
    f"{a}{b}{c}".title() for a in SYLLABLES[:12] for b in SYLLABLES[4:14] for c in ("VILLE", "BOURG", "SUR-MER")
)


def rows(*, lines: int, seed: int) -> Iterator[dict[str, str]]:
    """As many lines, in the order of persons; one person in ten has no activity, one in three several."""
    rng = Random(seed)
    weighted = [code for code, weight in PROFESSIONS for _ in range(weight)]
    sites = max(10, lines // 8)
    given_names = FEMALE_NAMES + MALE_NAMES
    written = rank = 0
    while written < lines:
        rank += 1
        body = f"{1_200_000_000 + rank:010d}"
        number = body + luhn_key(body)
        profession = rng.choice(weighted)
        family = (
            rng.choice(FAMILY_NAMES) if rng.random() < 0.2 else "".join(rng.choices(SYLLABLES, k=rng.randint(2, 4)))
        )
        person = {
            "Type d'identifiant PP": "8",
            "Identifiant PP": number,
            "Identification nationale PP": "8" + number,
            "Code civilité": rng.choice(("M", "MME")),
            "Nom d'exercice": family,
            "Prénom d'exercice": rng.choice(given_names).upper(),
            "Code profession": profession,
            "Libellé profession": "Profession inventée",
            "Code catégorie professionnelle": "C",
            "Libellé catégorie professionnelle": "Civil",
        }
        if profession == "10":
            person |= {
                "Code civilité d'exercice": "DR", "Libellé civilité d'exercice": "Docteur", "Code type savoir-faire": "S",
                "Libellé type savoir-faire": "Spécialité ordinale", "Code savoir-faire": rng.choice(SKILLS),
            }  # fmt: skip
        places = 0 if rng.random() < 0.1 else rng.choice((1, 1, 1, 1, 2, 2, 3))
        for _ in range(max(1, places)):
            written += 1
            yield person | (site(rng.randrange(sites)) if places else {})
            if written >= lines:
                return


def site(rank: int) -> dict[str, str]:
    town = TOWNS[rank % len(TOWNS)]
    code = f"{rank % 95_000 + 1000:05d}"
    is_finess = rank % 3 == 0
    number = f"{rank:09d}" if is_finess else f"{rank:014d}"
    own = (
        {"Numéro FINESS site": number, "Numéro FINESS établissement juridique": f"{rank % 5000 + 900_000_000:09d}", "Code mode exercice": "S"}
        if is_finess
        else {"Numéro SIRET site": number, "Numéro SIREN site": number[:9], "Code mode exercice": "L"}
    )  # fmt: skip
    return own | {
        "Identifiant technique de la structure": ("F" if is_finess else "C") + number,
        "Ancien identifiant de la structure": ("1" if is_finess else "3") + number,
        "Raison sociale site": f"{'CENTRE HOSPITALIER' if is_finess else 'CABINET MEDICAL'} DE {town.upper()} {rank}",
        "Numéro Voie (coord. structure)": str(rank % 200 + 1),
        "Code type de voie (coord. structure)": "R",
        "Libellé type de voie (coord. structure)": "Rue",
        "Libellé Voie (coord. structure)": "DE LA REPUBLIQUE",
        "Bureau cedex (coord. structure)": f"{code} {town.upper()}",
        "Code postal (coord. structure)": code,
        "Libellé commune (coord. structure)": town,
        "Téléphone (coord. structure)": "0465710000",
        "Code Département (structure)": code[:2],
        "Autorité d'enregistrement": "INVENTÉ/INVENTÉ/INVENTÉ",
        "Code secteur d'activité": "SA01" if is_finess else "SA07",
        "Libellé secteur d'activité": "Etablissement public de santé" if is_finess else "Cabinet individuel",
        "Code genre activité": "GENR01",
        "Libellé genre activité": "Activité standard de soin ou de pharmacien",
    }


def write(path: Path, *, lines: int, seed: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(published(ACTIVITY_COLUMNS, rows(lines=lines, seed=seed)))


def measured(path: Path, home: Path) -> dict[str, object]:
    """One run of the command: what it told, its seconds, and the peak of its memory, its server's left out."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "benchmarks.directory", "--command", str(path), "--home", str(home)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode > 1:
        raise SystemExit(done.stdout + done.stderr)
    told, peak = map(json.loads, done.stdout.splitlines()[-2:])
    return {**told, "wall_seconds": round(time.perf_counter() - started, 1), **peak}


def command(path: Path, home: Path) -> None:
    from carnet.cli import main as carnet

    os.environ["CARNET_HOME"] = str(home)
    carnet(["migrate"])
    status = carnet(["directory", "import", str(path), "--json"])
    print(json.dumps({"peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}))
    raise SystemExit(status)


SEARCHES = (
    "Practitioner?identifier=https://rpps.esante.gouv.fr|{number}",
    "Practitioner?family=marba",
    "Practitioner?family=ma",
    "Practitioner?family=ma&qualification-code=10",
    "Practitioner?name=paul ma",
    "Practitioner?family:contains=quize",
    "Practitioner?family:contains=zzzz",
    "Practitioner?qualification-code=10",
    "Practitioner?qualification-code=SM05",
    "Practitioner?active=false",
    "Practitioner?_lastUpdated=gt2000-01-01",
    "Practitioner?mailbox-mss:contains=@nulle-part",
    "PractitionerRole?practitioner=Practitioner/8{number}&_include=PractitionerRole:organization",
    "Organization?name=centre hospitalier de ba",
    "Organization?name:contains=nulle part",
    "Organization?address-city=baferville&type=SA01",
)


async def searched(conninfo: str) -> None:
    """The time of each search, in the domain: the door adds two or three milliseconds."""
    from carnet.domain.directory.reading import search
    from carnet.domain.errors import Invalid
    from carnet.formats.fhir.directory.search import read_directory_search
    from carnet.storage.database import Database

    database = await Database.open(conninfo)
    async with database.connection() as connection:
        row = await (await connection.execute("SELECT count(*), max(number) FROM directory_professional")).fetchone()
    assert row is not None
    print(f"searches among {row[0]} professionals, median of 5:")
    for query in SEARCHES:
        kind, _, rest = query.format(number=row[1]).partition("?")
        pairs = [(name, value) for name, _, value in (pair.partition("=") for pair in rest.split("&"))]
        read = read_directory_search(kind, pairs, lenient=False)
        times, told = [], ""
        for _ in range(5):
            started = time.perf_counter()
            try:
                found = await search(database, read.query)
                told = f"{len(found.entries)} shown, total {found.total}"
            except Invalid as refused:
                told = refused.code
            times.append((time.perf_counter() - started) * 1000)
        print(f"  {sorted(times)[2]:8.1f} ms  {query}  ({told})")
    await database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=500_000)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--home", type=Path, help="keep the database there")
    parser.add_argument("--command", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.command:
        command(given.command, given.home)
    with tempfile.TemporaryDirectory() as folder:
        home = given.home or Path(folder) / "home"
        home.mkdir(parents=True, exist_ok=True)
        path = home / f"PS_LibreAcces_Personne_activite_invente_{given.lines}.txt"
        write(path, lines=given.lines, seed=given.seed)
        print(f"{given.lines} lines, {path.stat().st_size / 1e6:.0f} MB")
        for name in ("first", "again"):
            told = measured(path, home)
            rate = given.lines / float(str(told["seconds"]))
            print(
                f"{name}: {told['seconds']} s in the import, {rate:,.0f} lines/s, peak {told['peak_mib']} MiB; {told['counts']}"
            )
        with EmbeddedPostgres(home) as server:
            asyncio.run(searched(server.url))


if __name__ == "__main__":
    main()
