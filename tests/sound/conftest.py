"""The virtual sound cards that the tests of microphone and voice share."""

import pytest

from tests.virtual_sound import virtual_sound


@pytest.fixture(scope="module")
def card(tmp_path_factory):
    """A sound card for the tests that leave it whole."""
    with virtual_sound(tmp_path_factory.mktemp("card")) as card:
        yield card


@pytest.fixture
def fragile_card(tmp_path):
    """A sound card to be broken."""
    with virtual_sound(tmp_path) as card:
        yield card
