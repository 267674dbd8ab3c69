"""
Accounts of the demonstration: someone whose record is announced, someone whose record opened by itself, and someone with a password and a
telephone that gives codes. Their letters and codes are read at /demo/courrier. Idempotent.
"""

from dataclasses import replace
from datetime import timedelta

import pyotp

from carnet.app import Carnet
from carnet.domain.accounts.activation import provisional_codes
from carnet.domain.accounts.means import choosing
from carnet.domain.accounts.means.model import Channel
from carnet.domain.accounts.means.reading import account_of
from carnet.domain.actor import SYSTEM, Actor, ActorKind, Authentication
from carnet.domain.consent.model import RecordStatus
from carnet.domain.consent.record_life import begin_record
from carnet.domain.demo import letters_sql, store
from carnet.domain.people.model import Identity, IdentityStatus, InsTraits, Sex
from carnet.storage.database import Connection
from carnet.territory.invent import Territory
from carnet.territory.model import Citizen
from carnet.vocabulary.ins import NIR_TEST, Ins, key_of
from carnet.web.demo_people import CARD, PASSWORD, TELEPHONES, address_of, secret_of
from carnet.web.wording.mails import mail_text

_ANNOUNCED_DAYS, _OPENED_DAYS = 10, 60  # ago
# Order numbers from 980: the territory's people stop before.
_NEWCOMERS = {
    "josephine": (RecordStatus.ANNOUNCED, "2580497411980", "PAYET", "JOSEPHINE", "1958-04-17", Sex.FEMALE, "97411"),
    "firmin": (RecordStatus.OPEN, "1490951454981", "MARCHAL", "FIRMIN", "1949-09-02", Sex.MALE, "51454"),
}
_TOLD = {
    RecordStatus.ANNOUNCED: "carnet annoncé, pas encore ouvert",
    RecordStatus.OPEN: "carnet ouvert sans réponse de sa part, pas encore activé",
}


async def open_accounts(carnet: Carnet, territory: Territory) -> None:
    """Make them; those who are there already stay as they are."""
    for name in _NEWCOMERS:
        async with carnet.database.transaction() as tx:
            await _newcomer(tx, carnet, name)
    for name in TELEPHONES:
        person = territory.named.get(name)
        if isinstance(person, Citizen):
            await _with_telephone(carnet, name, person)


async def _newcomer(tx: Connection, carnet: Carnet, name: str) -> None:
    """Someone who has received the code of their first connection."""
    if await store.find(tx, name) is not None:
        return
    status, number, family, given, born, sex, place = _NEWCOMERS[name]
    ins = Ins(f"{number}{key_of(number):02d}", NIR_TEST)
    identity = Identity(ins, InsTraits(family, given, born, sex, given, place), IdentityStatus.QUALIFIED)
    at = carnet.services.clock()
    told = at - timedelta(days=_ANNOUNCED_DAYS if status is RecordStatus.ANNOUNCED else _OPENED_DAYS)
    patient_id, _ = await begin_record(tx, identity, actor=SYSTEM, keys=carnet.services.keys, at=told, status=status)
    accounts = replace(carnet.accounts, clock=lambda: at)
    await provisional_codes.keep_contact(
        tx, patient_id, cards=[CARD], mail=address_of(name), address=(), accounts=accounts, at=at
    )
    made = await provisional_codes.make_code(
        tx, patient_id, channel=Channel.HAND, actor=SYSTEM, accounts=accounts, at=at
    )
    days = str(accounts.terms.code_validity.days)
    subject, text = mail_text("provisional-code", {"code": made.code or "", "site": accounts.terms.site, "days": days})
    await letters_sql.keep(tx, address_of(name), subject, text, at=at)
    spelled = f"{given.title()} {family.title()}"
    await store.save(tx, store.DemoPerson(name, f"{spelled}, {_TOLD[status]} ; matricule {ins.matricule}", ins=ins))


async def _with_telephone(carnet: Carnet, name: str, person: Citizen) -> None:
    """Someone with a mail address, the password of the demonstration, and a telephone that gives codes."""
    accounts = carnet.accounts
    ins = person.identity.ins
    async with carnet.database.transaction() as tx:
        patient_id, _ = await begin_record(
            tx, person.identity, actor=SYSTEM, keys=carnet.services.keys, at=carnet.services.clock()
        )
        if await account_of(tx, patient_id, accounts=accounts) is not None:
            return
        actor = Actor(ActorKind.CITIZEN, person.spelled_name, ins=ins, authentication=Authentication("demo-link"))
        given, _, family = person.spelled_name.partition(" ")
        at = carnet.services.clock()
        await choosing.begin_account(tx, patient_id, names=(given, family), actor=actor, accounts=accounts, at=at)
        await provisional_codes.keep_contact(
            tx, patient_id, cards=[CARD], mail=address_of(name), address=(), accounts=accounts, at=at
        )
        secret = secret_of(name)
        used = pyotp.TOTP(secret).timecode(at) - 1
        await choosing.keep_totp(tx, patient_id, secret, used=used, actor=actor, accounts=accounts, at=at)
        await choosing.keep_mail(tx, patient_id, address_of(name), actor=actor, accounts=accounts, at=at)
    await choosing.set_password(patient_id, PASSWORD, personal=(), actor=actor, accounts=accounts)
