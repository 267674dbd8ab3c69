"""The twenty organisations of the territory, and the softwares that feed records on their behalf."""

from carnet.domain.actor import ActorKind
from carnet.territory.codes import SECTOR, SETTING
from carnet.territory.model import Address, Client, Organization
from carnet.territory.registers import finess, siret

# One line per row.
# fmt: off
# Kind, name, sector, setting, number, street, postal code, city, feeder.
_ROWS = (
    ("hospital", "Centre hospitalier du Val-de-Brune", "SA01", "ETABLISSEMENT", "12", "quai des Œillets", "00100", "Valbrune", "hopital"),
    ("clinic", "Clinique des Trois-Chênes", "SA04", "ETABLISSEMENT", "3", "allée des Trois-Chênes", "00140", "Montaiguet-le-Vieux", "pfi"),
    ("laboratory", "Laboratoire de la Halle aux Grains", "SA25", "AMBULATOIRE", "7", "place de la Halle", "00100", "Valbrune", "laboratoire"),
    ("laboratory", "Laboratoire Biobrune Nord", "SA25", "AMBULATOIRE", "41", "avenue du Moulin", "00160", "Saint-Aubray", "pfi"),
    ("imaging", "Centre d'imagerie de la Brune", "SA08", "AMBULATOIRE", "18", "boulevard du Rempart", "00100", "Valbrune", "imagerie"),
    ("imaging", "Radiologie des Trois-Chênes", "SA08", "AMBULATOIRE", "5", "allée des Trois-Chênes", "00140", "Montaiguet-le-Vieux", "pfi"),
    ("practice", "Maison de santé du Pont-Vert", "SA52", "AMBULATOIRE", "2", "rue du Pont-Vert", "00100", "Valbrune", "cabinet"),
    ("practice", "Cabinet médical de Saint-Aubray", "SA08", "AMBULATOIRE", "26", "rue de l'Église", "00160", "Saint-Aubray", "pfi"),
    ("practice", "Cabinet médical du Vieux-Bourg", "SA07", "AMBULATOIRE", "9", "place du Lavoir", "00140", "Montaiguet-le-Vieux", "pfi"),
    ("practice", "Cabinet de cardiologie du Rempart", "SA08", "AMBULATOIRE", "20", "boulevard du Rempart", "00100", "Valbrune", "pfi"),
    ("practice", "Cabinet dentaire des Arcades", "SA08", "AMBULATOIRE", "11", "rue des Arcades", "00100", "Valbrune", "pfi"),
    ("practice", "Cabinet infirmier des Tilleuls", "SA08", "AMBULATOIRE", "4", "rue des Tilleuls", "00100", "Valbrune", "pfi"),
    ("practice", "Cabinet de kinésithérapie de la Gare", "SA08", "AMBULATOIRE", "33", "avenue de la Gare", "00100", "Valbrune", "pfi"),
    ("practice", "Cabinet de sages-femmes Aurore", "SA08", "AMBULATOIRE", "15", "rue des Arcades", "00100", "Valbrune", "pfi"),
    ("pharmacy", "Pharmacie du Pont-Vert", "SA33", "AMBULATOIRE", "1", "rue du Pont-Vert", "00100", "Valbrune", "pharmacie"),
    ("pharmacy", "Pharmacie de Saint-Aubray", "SA33", "AMBULATOIRE", "30", "rue de l'Église", "00160", "Saint-Aubray", "pfi"),
    ("pharmacy", "Pharmacie du Lavoir", "SA33", "AMBULATOIRE", "12", "place du Lavoir", "00140", "Montaiguet-le-Vieux", "pfi"),
    ("care-home", "EHPAD Les Glycines", "SA17", "ESSMS", "8", "chemin des Glycines", "00160", "Saint-Aubray", "ehpad"),
    ("platform", "Plateforme d'intermédiation Brune Santé", "SA57", "AMBULATOIRE", "60", "rue de l'Industrie", "00100", "Valbrune", "pfi"),
    ("insurance", "Caisse d'assurance maladie du Val-de-Brune", "SA24", "AMO", "100", "avenue de la Gare", "00100", "Valbrune", "assurance-maladie"),
)
# fmt: on

_CLIENTS = (
    ("hopital", "Dossier patient du centre hospitalier", "hospital"),
    ("laboratoire", "Système du laboratoire de la Halle aux Grains", "laboratory"),
    ("imagerie", "Système du centre d'imagerie de la Brune", "imaging"),
    ("cabinet", "Logiciel de la maison de santé du Pont-Vert", "practice"),
    ("pharmacie", "Logiciel de la pharmacie du Pont-Vert", "pharmacy"),
    ("ehpad", "Dossier résident des Glycines", "care-home"),
    ("pfi", "Plateforme d'intermédiation", "platform"),
    ("assurance-maladie", "Alimentation automatique de l'assurance maladie", "insurance"),
)


def organizations() -> tuple[Organization, ...]:
    """FINESS for all, but the insurance, known by its SIRET. The telephone numbers are those kept for works of fiction (04 65 71)."""
    return tuple(
        Organization(
            identifier=f"3{siret(rank)}" if kind == "insurance" else f"1{finess(100 + 7 * rank)}",
            name=name,
            kind=kind,
            sector=SECTOR[sector],
            setting=SETTING[setting],
            address=Address(number, street, postal_code, city),
            phone=f"046571{10 + rank:02d}00",
            feeder=feeder,
        )
        for rank, (kind, name, sector, setting, number, street, postal_code, city, feeder) in enumerate(_ROWS)
    )


def clients(known: tuple[Organization, ...]) -> tuple[Client, ...]:
    """The feeding softwares; the platform also speaks for those who have none."""
    found = []
    for name, title, kind in _CLIENTS:
        owner = next(each for each in known if each.kind == kind and each.feeder == name)
        actor = ActorKind.PRODUCER if kind == "insurance" else ActorKind.ORGANIZATION
        found.append(Client(name, title, actor, owner.identifier, owner.name, owner.sector.code))
    return tuple(found)
