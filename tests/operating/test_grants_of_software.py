"""What a software is given when it is registered: tokens of its own, and to speak for professionals when the operator says so."""

import argparse

import pytest

from carnet.domain.clients.model import GrantType
from carnet.operating.clients import _described, add_arguments


@pytest.mark.parametrize(
    ("options", "more"),
    [
        ([], set()),
        (["--exchange"], {GrantType.TOKEN_EXCHANGE}),
        (["--ciba"], {GrantType.CIBA}),
        (["--exchange", "--ciba"], {GrantType.TOKEN_EXCHANGE, GrantType.CIBA}),
    ],
)
def test_rights_are_given_one_by_one(options: list[str], more: set[GrantType]) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    asked = [
        "add",
        "logiciel",
        "--name",
        "Logiciel",
        "--organization",
        "1990000001",
        "--thumbprint",
        "x" * 43,
        *options,
    ]
    assert _described(parser.parse_args(asked), None).grants == {GrantType.CLIENT_CREDENTIALS} | more
