"""Behind a web server, for real: it alone says who asks; the desk asks for https."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from bot.channels.web_door import new_token
from bot.errors import SettingsError
from bot.settings import load
from tests.serving import Served, serving


def behind(address: str, scheme: str = "https") -> dict[str, str]:
    """What the web server in front adds to what this person sends."""
    return {"X-Forwarded-For": f"10.9.9.9, {address}", "X-Forwarded-Proto": scheme,
            "Host": "parole.exemple.fr", "Origin": "https://parole.exemple.fr"}  # fmt: skip


def tries(service: Served, headers: Mapping[str, str], login: str) -> httpx.Response:
    fields = {"login": login, "password": "x", "suite": ""}
    return httpx.post(f"{service.url}/equipe/connexion", data=fields, headers=headers,
                      timeout=15, trust_env=False)  # fmt: skip


def test_each_person_behind_a_trusted_proxy_has_their_own_address(tmp_path: Path) -> None:
    with serving(tmp_path / "data", proxies="127.0.0.1") as service:
        first, second = behind("9.9.9.9"), behind("8.8.8.8")
        seen = [tries(service, first, f"nom{n}").status_code for n in range(21)]
        assert seen == [401] * 20 + [429]
        assert tries(service, second, "nom30").status_code == 401
        spoofed = {**first, "X-Forwarded-For": "8.8.4.4, 9.9.9.9"}
        assert tries(service, spoofed, "nom31").status_code == 429
        words = [returns(service, first) for _ in range(21)]
        assert "Trop" not in words[19]
        assert "Trop" in words[20]
        assert "Trop" not in returns(service, second)
        refused = tries(service, behind("8.8.8.8", "http"), "nom32")
        assert (refused.status_code, "adresse en https" in refused.text) == (403, True)
        shown = httpx.get(f"{service.url}/equipe/connexion", headers=second, trust_env=False)
        assert shown.status_code == 200


def returns(service: Served, headers: Mapping[str, str]) -> str:
    """What is said of four wrong words, typed on a device that was never seen."""
    fields = {"id": new_token()[:20], "words": "lune lune lune lune"}
    page = httpx.post(f"{service.url}/retour", data=fields, headers=headers, trust_env=False).text
    told = re.search(r'<p[^>]*role="alert"[^>]*>(.*?)</p>', page, re.DOTALL)
    assert told, page
    return told.group(1)


def test_nobody_is_believed_without_the_setting(tmp_path: Path) -> None:
    with serving(tmp_path / "data", public_url="https://parole.exemple.fr") as service:
        assert "PAROLE_PROXIES" in service.said
        refused = tries(service, behind("9.9.9.9"), "nom")
        assert refused.status_code == 403
        assert "Ouvrez https://parole.exemple.fr/equipe" in refused.text
        assert "PAROLE_PROXIES" in refused.text
        assert "Revenir à l’accueil" not in refused.text  # it would be refused too
        assert service.answers("/equipe/connexion").status_code == 200  # on the machine itself
        for host in ("parole.exemple.fr", "192.168.1.4:8000", "[2001:db8::1]"):
            told = httpx.get(f"{service.url}/equipe/", headers={"Host": host}, trust_env=False)
            assert told.status_code == 403, host


def test_only_addresses_and_networks_are_proxies() -> None:
    assert (
        load(proxies=" 127.0.0.1, 10.1.0.0/16 ,::1").proxies == "127.0.0.1/32,10.1.0.0/16,::1/128"
    )
    for wrong in ("*", "nginx", "10.0.0.1/8", "127.0.0.1;::1"):
        with pytest.raises(SettingsError, match="PAROLE_PROXIES"):
            load(proxies=wrong)
