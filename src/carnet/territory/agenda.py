"""
Who lives through what, and when: episodes of care, each leaving a few documents, drawn until the number asked for is reached.

A plan holds no text: a document is written from its plan alone, so that a large territory is written as it streams.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random

from carnet.domain.access.model import Confidentiality
from carnet.territory.citizens import NAMED
from carnet.territory.model import Citizen, LifeStage
from carnet.vocabulary.frozen import frozen
from carnet.vocabulary.moments import PARIS

YEARS = 10
_RICH = {"marie": (72, 8), "jeanne": (46, 12), "lucas": (26, 20)}  # name: documents, at most one in … of all

# Kinds that the records of named people show, whatever the seed; as many times as they are written.
# fmt: off
_STORIES = {
    "marie": ("summary", "discharge", "imaging", *["biology"] * 8, "upload", "wishes", "vaccination", "reimbursement", "ecg", "referral", "teleconsultation"),
    "jeanne": ("summary", "discharge", "home-plan", "medication-review", "directives", "emergency", *["biology"] * 5, "nursing"),
    "lucas": ("vaccination", "child-exam", "spirometry", "speech", "emergency", "dental"),
}
# fmt: on
_SHOWN = {rank: _STORIES[name] for rank, name in enumerate(NAMED) if name in _STORIES}


_HIDDEN = {
    tuple(NAMED).index("marie"): {Confidentiality.MASQUE_PS: 2, Confidentiality.INVISIBLE_PATIENT: 1},
    tuple(NAMED).index("ines"): {Confidentiality.INVISIBLE_REPRESENTANTS_LEGAUX: 1},
}


@frozen
class Planned:
    """
    One document to be written.

    at: its date of creation, Europe/Paris. citizen: index. kind: key of `documents.KINDS`. topic: what it is about. role: of its
    author, or None for the kind's own. seed: everything drawn in it. story: shared by the documents of an episode. after: seed of
    the document it follows from (the prescription of a dispensation). version: 2 for a corrected document.
    """

    at: datetime
    citizen: int
    kind: str
    topic: str
    role: str | None
    seed: int
    story: int
    after: int | None = None
    version: int = 1
    labels: frozenset[Confidentiality] = frozenset()


@frozen
class Step:
    kind: str
    days: int = 0
    topic: str | None = None
    role: str | None = None


@frozen
class Episode:
    """
    ages: at the time, in years. condition: only for those who have it. weight: beside the other episodes one may live.
    once: at most once in a life. care_home: True for residents only.
    """

    topic: str
    steps: tuple[Step, ...]
    weight: float
    ages: tuple[int, int] = (0, 120)
    sex: str = "MF"
    condition: str | None = None
    once: bool = False
    care_home: bool = False


_CARE = (Step("consultation"), Step("prescription"), Step("dispensation", 1))
_WITHDRAWN = (Step("prescription"), Step("dispensation", 1))


def _follow_up(topic: str, panel: str, weight: float) -> Episode:
    return Episode(
        topic,
        (
            Step("presc-bio", 0, panel),
            Step("biology", 6, panel),
            Step("consultation", 12),
            Step("prescription", 12),
            Step("dispensation", 13),
        ),
        weight,
        condition=topic,
    )


def _surgery(
    topic: str,
    surgeon: str,
    weight: float,
    ages: tuple[int, int],
    *,
    exam: str | None = None,
    sex: str = "MF",
    condition: str | None = None,
    pathology: bool = False,
    rehabilitation: bool = False,
) -> Episode:
    steps = [
        Step("anaesthesia", 0),
        Step("operation", 9, None, surgeon),
        Step("discharge", 12, None, surgeon),
        Step("stay", 13, None, surgeon),
        Step("presc-inf", 12, None, surgeon),
        Step("nursing", 16),
    ]
    if exam:
        steps.insert(0, Step("imaging", -12, exam))
    if pathology:
        steps.append(Step("pathology", 18))
    if rehabilitation:
        steps += [Step("presc-kine", 12, None, surgeon), Step("physiotherapy", 40)]
    return Episode(topic, tuple(steps), weight, ages, sex, condition, once=True)


# One line per row.
# fmt: off
EPISODES: tuple[Episode, ...] = (
    *(Episode(topic, _CARE, weight, ages) for topic, weight, ages in (("angine", 1.0, (3, 60)), ("bronchite", 1.0, (2, 99)), ("otite", 1.2, (1, 10)), ("gastro", 0.8, (1, 90)), ("migraine", 0.5, (14, 60)))),
    Episode("cystite", _CARE, 0.6, (16, 90), "F"),
    Episode("contraception", _CARE, 0.9, (15, 42), "F"),
    Episode("lombalgie", (*_CARE, Step("presc-kine"), Step("sick-leave"), Step("physiotherapy", 20)), 0.7, (20, 72)),
    Episode("entorse", (Step("emergency"), Step("imaging", 0, "cheville"), Step("prescription", 0, None, "emergency"), Step("dispensation", 1), Step("presc-kine", 7)), 0.5, (8, 65)),
    Episode("chute", (Step("emergency"), Step("imaging", 0, "poignet"), Step("nursing", 5)), 0.4, (4, 100)),
    Episode("douleur-thoracique", (Step("emergency"), Step("biology", 0, "cardiaque", None), Step("ecg", 0, None, "emergency"), Step("referral", 4, "hypertension")), 0.4, (40, 90)),
    Episode("fatigue", (Step("consultation"), Step("presc-bio", 0, "fer"), Step("biology", 5, "fer"), Step("teleconsultation", 9)), 0.6, (16, 80)),
    Episode("check-up", (Step("presc-bio", 0, "annuel"), Step("biology", 8, "annuel"), Step("consultation", 15)), 1.3, (25, 95)),
    Episode("check-up", (Step("certificate"),), 0.8, (6, 50)),
    Episode("check-up", (Step("child-exam"),), 2.2, (0, 6)),
    Episode("check-up", (Step("child-certificate"),), 1.2, (0, 2)),
    Episode("vaccination", (Step("vaccination"),), 3.0, (0, 17)),
    Episode("vaccination", (Step("vaccination"),), 0.9, (25, 99)),
    Episode("vaccination", (Step("vaccine-history"),), 0.5, (1, 99)),
    _follow_up("diabete", "diabete", 4.0),
    _follow_up("hypothyroidie", "thyroide", 2.2),
    _follow_up("cholesterol", "lipides", 1.8),
    _follow_up("insuffisance-renale", "renal", 2.2),
    _follow_up("anemie", "fer", 1.8),
    _follow_up("osteoporose", "vitamine-d", 1.0),
    *(Episode(topic, (Step("consultation", 0, None, role), *(Step(s.kind, s.days + 1) for s in _WITHDRAWN)), weight, condition=topic) for topic, role, weight in (("hypertension", "gp", 2.0), ("fibrillation", "cardiologist", 1.6), ("asthme", "gp", 1.8), ("depression", "gp", 1.5), ("reflux", "gp", 1.0), ("arthrose", "gp", 1.2), ("insuffisance-cardiaque", "cardiologist", 2.0), ("alzheimer", "geriatrician", 1.5), ("rhinite", "gp", 1.2), ("cancer-sein", "gynaecologist", 1.2))),
    Episode("hypertension", (Step("referral"), Step("ecg", 20), Step("imaging", 20, "coeur", "cardiologist"), Step("consultation", 21, None, "cardiologist")), 1.0, condition="hypertension"),
    Episode("fibrillation", (Step("pharmacy-interview"), Step("biology", 20, "renal")), 0.8, condition="fibrillation"),
    Episode("diabete", (Step("presc-pedi"), Step("podiatry", 20)), 0.8, condition="diabete"),
    Episode("diabete", (Step("referral"), Step("consultation", 30, None, "endocrinologist"), Step("dietetics", 45)), 0.7, condition="diabete"),
    Episode("diabete", (Step("ophthalmology"),), 0.7, condition="diabete"),
    Episode("diabete", (Step("care-protocol"), Step("care-plan", 30)), 0.6, condition="diabete", once=True),
    Episode("asthme", (Step("referral"), Step("spirometry", 25), Step("consultation", 25, None, "pulmonologist")), 0.8, condition="asthme"),
    Episode("reflux", (Step("referral"), Step("endoscopy", 30), Step("pathology", 37)), 0.6, condition="reflux"),
    Episode("depression", (Step("referral"), Step("psychology", 25)), 0.6, condition="depression"),
    Episode("insuffisance-cardiaque", (Step("emergency", 0, "decompensation"), Step("biology", 0, "cardiaque"), Step("discharge", 8, "decompensation", "cardiologist"), Step("stay", 9, "decompensation", "cardiologist"), Step("presc-inf", 8), Step("nursing", 15)), 0.9, condition="insuffisance-cardiaque"),
    Episode("pneumopathie", (Step("emergency", 0), Step("imaging", 0, "thorax"), Step("biology", 0, "inflammation"), Step("discharge", 6, None, "pulmonologist"), Step("stay", 7, None, "pulmonologist")), 0.35, (50, 100)),
    Episode("pneumopathie", (Step("imaging-request", 0, "thorax"), Step("imaging", 1, "thorax")), 0.4, (5, 95)),
    Episode("abdomen", (Step("imaging-request", 0, "abdomen"), Step("imaging", 12, "abdomen")), 0.5, (18, 85)),
    Episode("genou", (Step("imaging-request", 0, "genou-irm"), Step("imaging", 25, "genou-irm")), 0.4, (18, 70)),
    Episode("osteoporose", (Step("imaging-request", 0, "osteodensitometrie"), Step("imaging", 25, "osteodensitometrie")), 0.6, condition="osteoporose"),
    Episode("depistage", (Step("imaging", 0, "mammographie"),), 1.1, (50, 74), "F"),
    Episode("crane", (Step("emergency", 0, "chute"), Step("imaging", 0, "crane")), 0.4, (75, 110)),
    _surgery("appendicite", "visceral-surgeon", 0.18, (8, 45), exam="appendice", pathology=True),
    _surgery("hanche", "surgeon", 0.3, (60, 85), exam="hanche", rehabilitation=True),
    _surgery("genou", "surgeon", 0.5, (60, 85), condition="arthrose", rehabilitation=True),
    _surgery("hernie", "visceral-surgeon", 0.2, (30, 75), sex="M"),
    _surgery("cataracte", "ophthalmologist", 0.35, (65, 92)),
    Episode("sein", (Step("imaging", 0, "mammographie-suspecte"), Step("pathology", 9), Step("case-meeting", 18), Step("anaesthesia", 22), Step("operation", 30, None, "gynaecologist"), Step("discharge", 32, None, "gynaecologist"), Step("pathology", 38), Step("care-plan", 45, "cancer-sein", "gynaecologist")), 2.5, condition="cancer-sein", once=True),
    Episode("grossesse", (Step("biology", 0, "nfs"), Step("imaging", 60, "obstetrique"), Step("consultation", 75, None, "midwife"), Step("birth", 170), Step("discharge", 174, "accouchement", "gynaecologist"), Step("nursing", 180, "accouchement", "midwife")), 0.6, (22, 41), "F", once=True),
    Episode("dentaire", (Step("dental"),), 0.9, (3, 90)),
    Episode("vue", (Step("ophthalmology"),), 0.5, (6, 95)),
    Episode("vue", (Step("presc-orthoptie"), Step("orthoptics", 30)), 0.6, (4, 12)),
    Episode("langage", (Step("presc-orthopho"), Step("speech", 45)), 0.7, (4, 10)),
    Episode("developpement", (Step("psychology"),), 0.35, (5, 17)),
    Episode("synthese", (Step("summary"),), 1.2, (45, 110)),
    Episode("medicaments", (Step("medication-review"),), 0.7, (68, 110)),
    Episode("remboursements", (Step("reimbursement"),), 0.9, (0, 110)),
    Episode("administratif", (Step("stay-bulletin"),), 0.25, (18, 100)),
    Episode("patient", (Step("upload"),), 0.9, (16, 90)),
    Episode("volontes", (Step("wishes"),), 0.15, (30, 100), once=True),
    Episode("volontes", (Step("directives"),), 0.3, (60, 100), once=True),
    Episode("ehpad", (Step("transfer-in"), Step("dependency", 3), Step("home-plan", 12), Step("prescription", 12, "synthese", "geriatrician"), Step("occupational", 20)), 1.6, (75, 110), care_home=True),
    Episode("ehpad", (Step("social-note"),), 1.2, (75, 110), care_home=True),
    Episode("ehpad", (Step("home-discharge"), Step("emergency", 0, "chute")), 0.5, (75, 110), care_home=True),
)
# fmt: on

_CORRECTED = frozenset({"biology", "imaging", "consultation", "pathology", "operation", "discharge", "stay", "summary"})
_MASKED = frozenset({"consultation", "prescription", "psychology", "certificate", "biology", "upload"})
_NOT_YET_TOLD = frozenset({"pathology", "imaging", "biology"})


def plan(rng: Random, people: Sequence[Citizen], count: int, *, today: date) -> list[Planned]:
    """Exactly `count` documents over the ten years before `today`, in the order of their dates."""
    return sorted((each for life in lives(rng, people, count, today=today) for each in life), key=_order)


def lives(rng: Random, people: Sequence[Citizen], count: int, *, today: date) -> Iterator[list[Planned]]:
    """The same documents, those of one person after those of another, each life in the order of its dates."""
    for citizen, share in zip(people, _shares(rng, people, count), strict=True):
        yield sorted(_life(rng, citizen, share, today=today), key=_order)


def _order(planned: Planned) -> tuple[datetime, int, int]:
    return planned.at, planned.seed, planned.version


def _shares(rng: Random, people: Sequence[Citizen], count: int) -> list[int]:
    """How many documents each one has: the rich records first, the rest by age and illnesses."""
    fixed = {
        rank: min(number, count // part)
        for rank, name in enumerate(NAMED)
        if name in _RICH
        for number, part in (_RICH[name],)
    }
    weights = {each.index: _weight(each) * rng.uniform(0.6, 1.4) for each in people if each.index not in fixed}
    left = count - sum(fixed.values())
    total = sum(weights.values())
    exact = {index: left * weight / total for index, weight in weights.items()}
    shares = {index: int(value) for index, value in exact.items()}
    for index in sorted(exact, key=lambda each: (shares[each] - exact[each], each))[: left - sum(shares.values())]:
        shares[index] += 1
    return [fixed.get(each.index, shares.get(each.index, 0)) for each in people]


def _weight(citizen: Citizen) -> float:
    base = {LifeStage.CHILD: 0.8, LifeStage.ADULT: 1.0, LifeStage.ELDERLY: 1.7}[citizen.stage]
    return base + 0.7 * len(citizen.illnesses)


def _life(rng: Random, citizen: Citizen, share: int, *, today: date) -> Iterable[Planned]:
    """`share` documents of one person, corrections included."""
    corrections = min(int(share * 0.03 + rng.random()), share // 4)
    found: list[Planned] = []
    lived: set[Episode] = set()
    shown = list(_SHOWN.get(citizen.index, ()))
    start = max(today - timedelta(days=int(YEARS * 365.25) - 2), citizen.birth_date + timedelta(days=60))
    span = (today - start).days - 1
    while len(found) < share - corrections:
        # A rich record shows its kinds first, each on a day when the person may live it.
        for _ in range(60 if shown else 1):
            day = start + timedelta(days=int(rng.random() * span))
            choices = [each for each in EPISODES if _may_live(citizen, each, day) and not (each.once and each in lived)]
            fitting = [each for each in choices if shown and any(step.kind == shown[0] for step in each.steps)]
            if fitting:
                choices = fitting
                break
        shown = shown[1:]
        episode = rng.choices(choices, [each.weight for each in choices])[0]
        lived.add(episode)
        found.extend(each for each in _documents(rng, citizen, episode, day) if start <= each.at.date() < today)
    found = _labelled(rng, citizen, found[: share - corrections])
    candidates = [each for each in found if each.kind in _CORRECTED and each.at.date() < today - timedelta(days=12)]
    rng.shuffle(candidates)
    for each in candidates[:corrections]:
        found.append(replace(each, at=each.at + timedelta(days=rng.randint(1, 9), minutes=17), version=2))
    while len(found) < share:  # nothing to correct: one more act of every day
        day = start + timedelta(days=int(rng.random() * span))
        found.append(next(_documents(rng, citizen, Episode("remboursements", (Step("reimbursement"),), 1), day)))
    return found


def _may_live(citizen: Citizen, episode: Episode, day: date) -> bool:
    first, last = episode.ages
    return (
        citizen.identity.traits.sex in episode.sex
        and first <= citizen.age_on(day) <= last
        and (episode.condition is None or citizen.has(episode.condition, day))
        and (not episode.care_home or citizen.lives_in_care_home(day))
    )


def _documents(rng: Random, citizen: Citizen, episode: Episode, day: date) -> Iterator[Planned]:
    story = rng.getrandbits(40)
    prescription = None
    for rank, step in enumerate(episode.steps):
        seed = story * 16 + rank
        if step.kind == "prescription":
            prescription = seed
        at = datetime.combine(
            day + timedelta(days=step.days), time(8 + rank % 10, rng.randint(0, 59), rng.randint(0, 59)), PARIS
        )
        after = prescription if step.kind == "dispensation" else None
        yield Planned(at, citizen.index, step.kind, step.topic or episode.topic, step.role, seed, story, after)


def _labelled(rng: Random, citizen: Citizen, found: list[Planned]) -> list[Planned]:
    """Some documents hidden from professionals, some not yet told to the patient, some kept from the parents of a minor."""
    labelled = []
    wanted = dict(_HIDDEN.get(citizen.index, {}))
    for each in found:
        label = None
        chance = rng.random()
        if (
            citizen.stage is LifeStage.CHILD
            and citizen.age_on(each.at.date()) >= 13
            and (
                each.topic == "contraception"
                or chance < 0.15
                or wanted.get(Confidentiality.INVISIBLE_REPRESENTANTS_LEGAUX, 0) > 0
            )
        ):
            label = Confidentiality.INVISIBLE_REPRESENTANTS_LEGAUX
        elif each.kind in _MASKED and (chance < 0.02 or wanted.get(Confidentiality.MASQUE_PS, 0) > 0):
            label = Confidentiality.MASQUE_PS
        elif (
            each.kind in _NOT_YET_TOLD
            and each.kind != "upload"
            and (chance > 0.97 or wanted.get(Confidentiality.INVISIBLE_PATIENT, 0) > 0)
        ):
            label = Confidentiality.INVISIBLE_PATIENT
        if label in wanted:
            wanted[label] -= 1
        labelled.append(replace(each, labels=frozenset({label})) if label else each)
    return labelled
