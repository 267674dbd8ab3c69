"""Settings: one frozen value, read from `CARNET_*` environment variables once. Each is documented in docs/settings.md (a test checks)."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from carnet.vocabulary.frozen import frozen

DEFAULT_PORT = 8000
_OF_THE_TESTS = ("CARNET_SAMPLES", "CARNET_TEST_")

Mode = Literal["demo", "production"]


@frozen
class Settings:
    """
    Every setting, with its default. Sizes are bytes, durations seconds.

    home: where carnet keeps what it must keep. database_url: None means the embedded PostgreSQL. content_url: None means PostgreSQL,
    `file:/path` a folder. key_file: the master key, never inside what a backup copies. tls_port: port of machines, where a client
    certificate is required; None: there is none. trusted_proxies: addresses and networks, separated by commas. client_rate: requests of
    one software in a second; acts_at_once: acts under way, client_acts_at_once: those of one software. All three for one process.
    regulation_professions, regulation_sectors: codes separated by spaces.
    """

    home: Path = Path("var")
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    base_url: str | None = None
    mode: Mode = "production"
    database_url: str | None = None
    database_pool: int = 12
    statements_together: int = 8
    content_url: str | None = None
    key_file: Path | None = None
    max_document_bytes: int = 20 * 1024 * 1024
    max_body_bytes: int = 60 * 1024 * 1024
    body_budget_bytes: int = 256 * 1024 * 1024
    token_lifetime_seconds: int = 3600
    tls_port: int | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_client_ca: Path | None = None
    tls_base_url: str | None = None
    trusted_proxies: str | None = None
    client_rate: int = 2000
    acts_at_once: int = 16
    client_acts_at_once: int = 8
    access_matrix: Path | None = None
    allow_invisible_and_masked: bool = False
    authors_alone_replace: bool = True
    objection_period_days: int = 42
    former_matricule_days: int = 365
    psc_discovery_url: str | None = None
    psc_client_id: str | None = None
    psc_secret_file: Path | None = None
    psc_certificate: Path | None = None
    psc_levels: str = "eidas1"
    psc_directory: Literal["strict", "tolerant"] = "strict"
    psc_staff: Literal["on", "off"] | None = None
    delegation_longest_days: int = 30
    franceconnect_discovery_url: str | None = None
    franceconnect_client_id: str | None = None
    franceconnect_secret_file: Path | None = None
    franceconnect_key_file: Path | None = None
    franceconnect_certificate: Path | None = None
    franceconnect_levels: str = "eidas2,eidas3"
    apcv_discovery_url: str | None = None
    apcv_client_id: str | None = None
    apcv_secret_file: Path | None = None
    apcv_key_file: Path | None = None
    apcv_certificate: Path | None = None
    apcv_levels: str = "eidas2,eidas3"
    insi_url: str | None = None
    insi_certificate: Path | None = None
    insi_authorities: Path | None = None
    insi_idam: str | None = None
    insi_birth_place_element: str = "LieuNaissance"
    age_of_majority: int = 18
    manage_minors: bool = True
    block_holds_in_emergency: bool = False
    regulation_professions: str | None = "10"
    regulation_sectors: str | None = "SA01"
    grant_care_team_days: int = 365
    grant_consultation_hours: int = 24
    share_longest_days: int = 30
    reach_declared: int = 100
    reach_exceptional: int = 20
    emergency_code: str = "bris_de_glace"
    regulation_code: str = "centre_15"
    checkpoint_folder: Path | None = None
    session_idle_minutes: int = 30
    session_hours: int = 12
    time_zone: str = "Europe/Paris"
    operator_name: str | None = None
    help_phone: str | None = None
    help_hours: str | None = None
    help_place: str | None = None
    operator_address: str | None = None
    data_protection_contact: str | None = None
    hosting: str | None = None
    accessibility_contact: str | None = None
    provisional_code_length: int = 12
    provisional_code_days: int = 42
    sign_in_tries: int = 5
    sign_in_tries_per_address: int = 300
    sign_in_window_minutes: int = 15
    smtp_url: str | None = None
    smtp_user: str | None = None
    smtp_secret_file: Path | None = None
    mail_from: str | None = None

    @property
    def public_url(self) -> str:
        """Base of every link made, without a final slash."""
        return (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def admits_staff(self) -> bool:
        """Whether people without a health profession sign in at the portal of professionals: in the demonstration unless told otherwise."""
        return (self.psc_staff or ("on" if self.mode == "demo" else "off")) == "on"

    @property
    def machines_url(self) -> str | None:
        """Base of the addresses where a client certificate is shown, without a final slash; None when there are none."""
        if self.tls_base_url is not None:
            return self.tls_base_url.rstrip("/")
        return None if self.tls_port is None else f"https://{self.host}:{self.tls_port}"

    @property
    def checkpoints(self) -> Path:
        """Where checkpoints of the trail are written."""
        return self.checkpoint_folder or self.home / "checkpoints"

    @property
    def master_key_file(self) -> Path:
        return self.key_file or self.home / "keys" / "master.key"

    @staticmethod
    def from_environment(environment: Mapping[str, str] | None = None) -> "Settings":
        """
        Read the environment.

        Raises
            ValueError: a number that is not one, an unknown mode, or an unknown `CARNET_*` variable (a typing mistake would otherwise
                pass silently). `CARNET_SAMPLES` and `CARNET_TEST_…` belong to the tests and are ignored.
        """
        source = os.environ if environment is None else environment
        known = {f"CARNET_{name.upper()}": name for name in Settings.__dataclass_fields__}
        values: dict[str, object] = {}
        for variable, text in source.items():
            if not variable.startswith("CARNET_") or variable.startswith(_OF_THE_TESTS):
                continue
            name = known.get(variable)
            if name is None:
                raise ValueError(f"unknown setting {variable}")
            values[name] = _read(name, variable, text)
        return Settings(**values)  # type: ignore[arg-type]  # each value was read for its field above


def _read(name: str, variable: str, text: str) -> object:
    kind = str(Settings.__dataclass_fields__[name].type)
    if "Path" in kind:
        return Path(text) if text else None
    if "int" in kind:
        if not text.isdecimal():
            raise ValueError(f"{variable} must be a whole number")
        return int(text)
    if "bool" in kind:
        if text not in {"true", "false"}:
            raise ValueError(f"{variable} must be true or false")
        return text == "true"
    if name == "psc_directory" and text not in {"strict", "tolerant"}:
        raise ValueError(f"{variable} must be strict or tolerant")
    if name == "psc_staff" and text not in {"on", "off"}:
        raise ValueError(f"{variable} must be on or off")
    if name == "mode" and text not in {"demo", "production"}:
        raise ValueError(f"{variable} must be demo or production")
    return text or None
