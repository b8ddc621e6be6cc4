"""The engine and the image, started and built once for all tests that need them."""

from collections.abc import Iterator

import pytest

from tests.surfaces import CHECKOUT
from tests.surfaces.base_image import base_image
from tests.surfaces.engine import Engine, engine

IMAGE = "sockdeploy:test"


@pytest.fixture(scope="session")
def container_engine() -> Iterator[Engine]:
    """An engine of our own, for as long as tests run."""
    with engine() as running:
        yield running


@pytest.fixture(scope="session")
def image(container_engine: Engine) -> str:
    """The tag of the image that the checkout's Dockerfile makes."""
    container_engine.build(CHECKOUT, IMAGE, base_image(container_engine))
    return IMAGE
