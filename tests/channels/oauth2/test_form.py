"""The form of a token request: each parameter once, nothing lost, nothing raised but a refusal."""

import contextlib
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.channels.oauth2.form import parse_form
from carnet.channels.oauth2.refusals import Refusal, in_ascii


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=10))
def test_what_is_encoded_is_read_back_without_its_empty_parameters(values):
    assert parse_form(urlencode(values).encode()) == {name: value for name, value in values.items() if value}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"a=1&a=2", "oauth-parameter-repeated"),
        (b"a=1&a=", "oauth-parameter-repeated"),
        (b"a=1&%61=2", "oauth-parameter-repeated"),
        (b"a", "oauth-form-unreadable"),
        (b"a=1&&b=2", "oauth-form-unreadable"),
        (b"a=%ff", "oauth-form-unreadable"),
        ("a=é".encode(), "oauth-form-unreadable"),
        (b"&".join(b"p%d=1" % n for n in range(33)), "oauth-form-unreadable"),
    ],
)
def test_each_fault_has_its_code(body, code):
    with pytest.raises(Refusal) as refused:
        parse_form(body)
    assert refused.value.issue.code == code


def test_an_empty_form_has_no_parameter():
    assert parse_form(b"") == {}


@given(st.binary(max_size=200))
def test_noise_raises_nothing_but_a_refusal(body):
    with contextlib.suppress(Refusal):
        parse_form(body)


@given(st.text())
def test_descriptions_keep_to_the_characters_of_the_standard(text):
    assert all(c in " !" or "#" <= c <= "[" or "]" <= c <= "~" for c in in_ascii(text))


def test_french_stays_readable_without_its_accents():
    assert in_ascii("L’œil voit « ça » : à Noël…") == "L'oeil voit ' ca ' : a Noel..."
