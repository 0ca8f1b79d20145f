import pytest

from pix2pix_lib.teaching import live


@pytest.fixture
def shown(monkeypatch):
    """Lo que se enseña de unos controles: (datos, metadatos) de cada vez."""
    shown = []
    monkeypatch.setattr(live, "display", lambda data, metadata, raw: shown.append((data, metadata)))
    return shown
