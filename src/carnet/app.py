"""The only file that knows every part; builds the application."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from starlette.routing import BaseRoute

from carnet.channels import audit, directory, habilitations, identity, mhd, oauth2, refusals
from carnet.channels.demo import routes as demo_routes
from carnet.document_types.families import family_of
from carnet.document_types.table import DocumentTypes
from carnet.domain.access.acting import GrantDurations, RightsTerms
from carnet.domain.access.facts import FactTerms
from carnet.domain.access.matrix import load_matrix
from carnet.domain.access.reach import ReachTerms
from carnet.domain.access.store import RightsStore
from carnet.domain.accounts.means.codes import AccountKeys
from carnet.domain.accounts.means.model import AccountTerms
from carnet.domain.accounts.means.parts import Accounts
from carnet.domain.accounts.means.passwords import PasswordPool
from carnet.domain.accounts.model import SessionTerms
from carnet.domain.actor import Purpose
from carnet.domain.audit.trail import SYSTEM_TRAIL
from carnet.domain.consent.receiving import ReceivingTerms
from carnet.domain.delegations.model import DelegationTerms
from carnet.domain.record.browsing.listing import BrowseTerms
from carnet.domain.record.browsing.model import Reading
from carnet.domain.record.browsing.remembered import Remembered
from carnet.domain.record.judging import DepositTerms
from carnet.domain.record.opening import ReadTerms
from carnet.domain.record.sharing.model import ShareTerms
from carnet.domain.record.store import RecordStore
from carnet.domain.record.updating.model import UpdateTerms
from carnet.formats.fhir.fiche_card import read_card
from carnet.formats.fhir.folder import write_folder_fragment
from carnet.formats.fhir.served import write_fiche
from carnet.formats.fhir.submission_set import write_set_fragment
from carnet.partners.mail.letterbox import DemoLetterbox
from carnet.partners.mail.port import Mailer
from carnet.partners.mail.smtp import SmtpMailer
from carnet.partners.providers import Providers
from carnet.portals.citizen.portal import CitizenPortal, available_zones
from carnet.portals.professional.portal import ProfessionalPortal
from carnet.settings import Settings
from carnet.storage.contents import UnusableSetting, open_contents
from carnet.storage.database import Database
from carnet.storage.keys import open_ring
from carnet.vocabulary.clock import Clock, system_clock
from carnet.vocabulary.frozen import frozen
from carnet.web import health
from carnet.web.arrivals import Arrivals, trusted_networks
from carnet.web.bodies import BodyBudget
from carnet.web.doorkeeper import Doorkeeper, Keeping
from carnet.web.fhir import server as fhir_server
from carnet.web.middleware import Surroundings
from carnet.web.pages import wrong_method
from carnet.web.portal.frame import Contact, Legal
from carnet.web.routing import Addresses, Application
from carnet.web.services import Services
from carnet.web.shares import FairShare, Rates
from carnet.web.tokens import SigningKeys, TokenIssuer, TokenVerifier
from carnet.web.wording import issue_text


@frozen
class Carnet:
    """The parts, open: what the doors share, and what only this process manages."""

    settings: Settings
    database: Database
    services: Services
    oauth: oauth2.OAuthServices
    signing_keys: SigningKeys
    keeper: Doorkeeper
    providers: Providers
    citizens: CitizenPortal
    professionals: ProfessionalPortal
    accounts: Accounts
    mailer: Mailer | None

    async def close(self) -> None:
        self.accounts.passwords.close()
        await self.professionals.close()
        await self.providers.close()
        await self.database.close()


async def open_carnet(settings: Settings, conninfo: str, *, clock: Clock = system_clock) -> Carnet:
    """
    Connect to a migrated database and build the parts.

    Raises
    ------
        DatabaseUnreachable, KeyUnavailable: the message tells the operator what to do.
    """
    database = await Database.open(conninfo, pool_size=settings.database_pool, together=settings.statements_together)
    demo = settings.mode == "demo"
    async with database.connection() as connection:
        keys = await open_ring(connection, settings.master_key_file, now=clock())
    sealing = keys.server_sealing_key("token signing")
    signing_keys = SigningKeys(
        seal=lambda plain: sealing.seal(plain, b"token key"),
        unseal=lambda sealed: sealing.open(sealed, b"token key"),
        clock=clock,
    )
    async with database.connection() as connection:
        await signing_keys.start(connection)
    public_url = settings.public_url
    fhir_base = public_url + "/fhir"
    matrix = load_matrix(settings.access_matrix)
    issuer = TokenIssuer(signing_keys, issuer=public_url, audience=fhir_base, clock=clock)
    services = Services(
        store=RecordStore(
            database,
            keys,
            open_contents(settings.content_url, ring=keys),
            keys.server_sealing_key(SYSTEM_TRAIL),
            fact_terms=_fact_terms(settings),
        ),
        rights=RightsStore(database, keys, keys.server_sealing_key(SYSTEM_TRAIL), _fact_terms(settings)),
        keys=keys,
        deposit_terms=DepositTerms(
            types=DocumentTypes.load(),
            matrix=matrix,
            write_fiche=lambda entry, patient_id, ins, logical_id: write_fiche(
                entry, patient_id=patient_id, ins=ins, logical_id=logical_id
            ),
            write_set=lambda submission, patient_id, ins, set_id: write_set_fragment(
                submission, patient_id=patient_id, ins=ins, set_id=set_id
            ),
            write_folder=lambda folder, patient_id, ins, folder_id: write_folder_fragment(
                folder, patient_id=patient_id, ins=ins, folder_id=folder_id
            ),
            accepts_test_identities=demo,
            may_combine_labels=settings.allow_invisible_and_masked,
            authors_alone_replace=settings.authors_alone_replace,
            max_document_bytes=settings.max_document_bytes,
        ),
        read_terms=ReadTerms(matrix, clock),
        browse_terms=BrowseTerms(
            ReadTerms(matrix, clock), Reading(DocumentTypes.load(), family_of, read_card), Remembered()
        ),
        rights_terms=RightsTerms(matrix, clock, _durations(settings)),
        update_terms=UpdateTerms(matrix, clock, settings.allow_invisible_and_masked),
        share_terms=ShareTerms(matrix, clock, timedelta(days=settings.share_longest_days)),
        receiving_terms=ReceivingTerms.of_mode(
            settings.mode, objection_period=timedelta(days=settings.objection_period_days)
        ),
        verifier=TokenVerifier(signing_keys, issuer=public_url, audience=fhir_base, clock=clock),
        issuer=issuer,
        bodies=BodyBudget(settings.max_body_bytes, settings.body_budget_bytes),
        cursors=keys.server_sealing_key("search cursors"),
        clock=clock,
        public_url=public_url,
        demo=demo,
        started_at=clock(),
    )
    providers = _providers(settings, clock)
    rates = Rates(settings.client_rate)
    if min(settings.acts_at_once, settings.client_acts_at_once) < 1:
        raise UnusableSetting("CARNET_ACTS_AT_ONCE and CARNET_CLIENT_ACTS_AT_ONCE must be at least 1")
    share = FairShare(at_once=settings.acts_at_once, per_client=settings.client_acts_at_once)
    oauth = oauth2.OAuthServices(
        database=database,
        keys=signing_keys,
        issuer=issuer,
        trace=services.trace,
        describe=lambda issue: issue_text(issue)[1],
        clock=clock,
        mode=settings.mode,
        public_url=public_url,
        purposes={settings.emergency_code: Purpose.EMERGENCY, settings.regulation_code: Purpose.REGULATION},
        machines_url=settings.machines_url,
        verifier=services.verifier,
        psc=None if providers.psc is None else providers.psc.subjects,
        backchannel=None if providers.psc is None else providers.psc.backchannel,
        seal=keys.server_sealing_key("backchannel requests"),
        count=rates.take,
        token_lifetime=timedelta(seconds=settings.token_lifetime_seconds),
    )
    keeper = Doorkeeper(database, services.verifier, rates=rates, share=share, clock=clock)
    mailer = _mailer(settings, database, clock)
    accounts = Accounts(
        database, AccountKeys(keys), _account_terms(settings, sends_mail=mailer is not None), PasswordPool(), clock
    )
    citizens = _citizens(settings, services, accounts, providers)
    return Carnet(
        settings, database, services, oauth, signing_keys, keeper, providers, citizens,
        _professionals(settings, services, database, providers), accounts, mailer,
    )  # fmt: skip


def _professionals(
    settings: Settings, services: Services, database: Database, providers: Providers
) -> ProfessionalPortal:
    return ProfessionalPortal(
        services, database, contact=_contact(settings), zone=ZoneInfo(settings.time_zone),
        psc=None if providers.psc is None else providers.psc.party, tolerant=settings.psc_directory == "tolerant",
        delegations=_delegations(settings),
    )  # fmt: skip


def _delegations(settings: Settings) -> DelegationTerms:
    if not 1 <= settings.delegation_longest_days <= 366:
        raise UnusableSetting("CARNET_DELEGATION_LONGEST_DAYS is from 1 to 366")
    return DelegationTerms(timedelta(days=settings.delegation_longest_days), settings.admits_staff)


def _contact(settings: Settings) -> Contact:
    return Contact(settings.operator_name, settings.help_phone, settings.help_hours, settings.help_place)


def _mailer(settings: Settings, database: Database, clock: Clock) -> Mailer | None:
    """What carries mail: the operator's server, the letterbox of the demonstration, or nothing."""
    if settings.smtp_url is None:
        return DemoLetterbox(database, clock) if settings.mode == "demo" else None
    if settings.mail_from is None:
        raise UnusableSetting("CARNET_SMTP_URL needs CARNET_MAIL_FROM, the address that mails come from")
    secret = None if settings.smtp_secret_file is None else settings.smtp_secret_file.read_text("utf-8").strip()
    return SmtpMailer(settings.smtp_url, settings.mail_from, settings.smtp_user, secret, clock)


def _account_terms(settings: Settings, *, sends_mail: bool) -> AccountTerms:
    if not 10 <= settings.provisional_code_length <= 40:
        raise UnusableSetting("CARNET_PROVISIONAL_CODE_LENGTH is from 10 to 40")
    return AccountTerms(
        code_length=settings.provisional_code_length,
        code_validity=timedelta(days=settings.provisional_code_days),
        tries=settings.sign_in_tries,
        origin_tries=settings.sign_in_tries_per_address,
        window=timedelta(minutes=settings.sign_in_window_minutes),
        site=settings.public_url,
        sends_mail=sends_mail,
    )


def _citizens(settings: Settings, services: Services, accounts: Accounts, providers: Providers) -> CitizenPortal:
    terms = SessionTerms(
        idle=timedelta(minutes=settings.session_idle_minutes), absolute=timedelta(hours=settings.session_hours)
    )
    if settings.time_zone not in available_zones():
        raise UnusableSetting(f"CARNET_TIME_ZONE: {settings.time_zone} is not a time zone this machine knows")
    legal = Legal(
        settings.operator_address, settings.data_protection_contact, settings.hosting, settings.accessibility_contact
    )
    return CitizenPortal(
        services, accounts, contact=_contact(settings), legal=legal, terms=terms, zone=ZoneInfo(settings.time_zone),
        providers=providers.of_citizens,
    )  # fmt: skip


def _durations(settings: Settings) -> GrantDurations:
    return GrantDurations(
        care_team=timedelta(days=settings.grant_care_team_days),
        explicit_consent=timedelta(hours=settings.grant_consultation_hours),
    )


def _fact_terms(settings: Settings) -> FactTerms:
    return FactTerms(
        age_of_majority=settings.age_of_majority,
        manages_minors=settings.manage_minors,
        block_holds_in_emergency=settings.block_holds_in_emergency,
        regulator_professions=frozenset((settings.regulation_professions or "").split()),
        regulator_sectors=frozenset((settings.regulation_sectors or "").split()),
        former_matricule_days=settings.former_matricule_days,
        reach=ReachTerms(declared=settings.reach_declared, exceptional=settings.reach_exceptional),
    )


def _providers(settings: Settings, clock: Clock) -> Providers:
    """Who vouches for people; those that are not set, and not simulated, are not there."""
    asked = (settings.psc_discovery_url, settings.franceconnect_discovery_url, settings.apcv_discovery_url)
    if settings.mode != "demo" and not any(asked):
        return Providers()
    from carnet.partners.oidc.opening import ProviderSettings  # with their HTTP client, which not every server needs
    from carnet.partners.opening import open_providers
    from carnet.partners.psc.opening import PscTerms

    return open_providers(
        settings.public_url,
        psc=PscTerms(
            settings.psc_discovery_url, settings.psc_client_id, settings.psc_secret_file, settings.psc_certificate, settings.psc_levels
        ),
        franceconnect=ProviderSettings(
            "CARNET_FRANCECONNECT", settings.franceconnect_discovery_url, settings.franceconnect_client_id,
            settings.franceconnect_secret_file, settings.franceconnect_key_file, settings.franceconnect_certificate,
            settings.franceconnect_levels,
        ),
        apcv=ProviderSettings(
            "CARNET_APCV", settings.apcv_discovery_url, settings.apcv_client_id, settings.apcv_secret_file, settings.apcv_key_file,
            settings.apcv_certificate, settings.apcv_levels,
        ),
        demo=settings.mode == "demo", clock=clock,
    )  # fmt: skip


def doors(carnet: Carnet) -> list[BaseRoute]:
    """Every door of machines, and those of the demonstration. Adding a channel means one folder and one line here."""
    routes: list[BaseRoute] = [
        *oauth2.routes(carnet.oauth),
        *mhd.routes(carnet.services),
        *identity.routes(carnet.services),
        *audit.routes(carnet.services),
        *habilitations.routes(carnet.services),
        *refusals.routes(carnet.services, carnet.database),
        *directory.routes(carnet.services, carnet.database),
        *fhir_server.routes(carnet.services),  # after every FHIR door
        *health.routes(carnet.database),
    ]
    if carnet.services.demo:
        routes += demo_routes(carnet.services, providers=carnet.providers)
    return routes


def pages(carnet: Carnet) -> list[BaseRoute]:
    """Every page of the portals; the last one takes whatever address is left."""
    # A third of all modules: a server answers machines before it has them.
    from carnet.portals.citizen import pages as citizen
    from carnet.portals.professional import pages as professional

    professionals = professional.routes(carnet.professionals)
    return [
        *citizen.routes(carnet.citizens, beside={route.path for route in professionals}),
        *professionals,
        citizen.nowhere(carnet.citizens),
    ]


def application(carnet: Carnet) -> Application:
    """The ASGI application over open parts; closes nothing. Its pages are loaded when one is asked for, or by `complete`."""
    app = Application(Addresses(doors(carnet), later=lambda: pages(carnet)), exception_handlers={405: wrong_method})
    app.add_middleware(Keeping, keeper=carnet.keeper)
    _surround(app, carnet.settings)
    return app


def _surround(app: Application, settings: Settings) -> None:
    app.add_middleware(Surroundings)
    app.add_middleware(
        Arrivals,
        proxies=trusted_networks(settings.trusted_proxies),
        machines_url=settings.machines_url,
        clock=system_clock,
    )
