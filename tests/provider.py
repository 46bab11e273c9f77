"""An OpenID provider on this computer, in a process of its own: Django OAuth Toolkit as its documentation sets it up.

with provider(tmp_path) as running:  # running.issuer, running.key
    ...

It demands PKCE and a client secret, and knows the people in WHO, all with the password of tests/people.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.people import PASSWORD
from tests.servers import ROOT, free_port, started, stop

CLIENT, CLIENT_SECRET = "board", "secret of the board"
WHO = ("张三", "李四", "局长", "路人")
ONLY_USERINFO = "局长"  # whose ID token does not say the name
LOGIN = '<form method="post">{% csrf_token %}{{ form.as_p }}<button>Sign in</button></form>'


@dataclass(frozen=True, slots=True)
class Provider:
    """A running provider. `key` is what it signs with, as PEM."""

    issuer: str
    key: bytes
    process: subprocess.Popen[bytes]


@contextmanager
def provider(folder: Path) -> Iterator[Provider]:
    """A provider on a free port, stopped at the end; another name of this computer than the board's, so another site."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(key)
    issuer, log = f"http://localhost:{free_port()}/o", folder / "provider.txt"
    process = started(log, ROOT, os.environ, [sys.executable, "-m", "tests.provider", issuer, str(folder)])
    try:
        await_metadata(issuer, process, log)
        yield Provider(issuer, key, process)
    finally:
        stop(process)


def await_metadata(issuer: str, process: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends and process.poll() is None:
        with suppress(OSError):
            urllib.request.urlopen(f"{issuer}/.well-known/openid-configuration", timeout=5).close()
            return
        time.sleep(0.1)
    raise AssertionError(f"the provider is not there:\n{log.read_text('utf-8', errors='replace')}")


# In the process of its own


def settings(issuer: str, folder: Path) -> dict[str, Any]:
    """Django's settings."""
    loaders = [
        ("django.template.loaders.locmem.Loader", {"registration/login.html": LOGIN}),
        "django.template.loaders.app_directories.Loader",
    ]
    return {
        "SECRET_KEY": "of the tests",
        "ALLOWED_HOSTS": ["localhost"],
        "ROOT_URLCONF": sys.modules[__name__],
        "USE_TZ": True,
        "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "provider.sqlite3"}},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "INSTALLED_APPS": [
            "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oauth2_provider",
        ],
        "MIDDLEWARE": [
            "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
        "TEMPLATES": [{"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {"loaders": loaders}}],
        "LOGIN_URL": "/login",
        "OAUTH2_PROVIDER": {
            "OIDC_ENABLED": True, "OIDC_ISS_ENDPOINT": issuer, "PKCE_REQUIRED": True,
            "OIDC_RSA_PRIVATE_KEY": (folder / "key.pem").read_text(),
            "SCOPES": {"openid": "OpenID Connect", "profile": "the name"},
        },
    }  # fmt: skip


def people() -> None:
    """Accounts at the provider, and the board as its client."""
    from django.contrib.auth.models import User
    from oauth2_provider.models import Application

    for name in WHO:
        User.objects.create_user(name, password=PASSWORD)
    # Of a loopback address any port is right (RFC 8252).
    Application.objects.create(
        client_id=CLIENT, client_secret=CLIENT_SECRET, client_type="confidential", algorithm="RS256",
        authorization_grant_type="authorization-code", redirect_uris="http://127.0.0.1/signed-in-oidc", skip_authorization=True,
    )  # fmt: skip


def claims() -> None:
    """Have the provider say the name of an account: to all in userinfo, for most in the ID token."""
    from oauth2_provider.oauth2_validators import OAuth2Validator
    from oauth2_provider.settings import oauth2_settings

    class Named(OAuth2Validator):  # type: ignore[misc]
        def get_additional_claims(self, request: Any) -> dict[str, str]:
            return {"preferred_username": request.user.username}

        def get_id_token_dictionary(self, token: Any, token_handler: Any, request: Any) -> Any:
            said, ends = super().get_id_token_dictionary(token, token_handler, request)
            if request.user.username == ONLY_USERINFO:
                del said["preferred_username"]
            return said, ends

    oauth2_settings.OAUTH2_VALIDATOR_CLASS = Named


def serve(issuer: str, folder: Path) -> None:
    """Until it is stopped."""
    import django
    from django.conf import settings as django_settings
    from django.core.management import call_command
    from django.core.servers.basehttp import run
    from django.core.wsgi import get_wsgi_application

    django_settings.configure(**settings(issuer, folder))
    django.setup()
    call_command("migrate", verbosity=0)
    people()
    claims()
    run("127.0.0.1", urlsplit(issuer).port, get_wsgi_application(), threading=True)


def __getattr__(name: str) -> Any:
    """The addresses, which Django asks this module for once it is set up."""
    if name != "urlpatterns":
        raise AttributeError(name)
    from django.contrib.auth.views import LoginView
    from django.urls import include, path

    return [path("o/", include("oauth2_provider.urls")), path("login", LoginView.as_view())]


if __name__ == "__main__":
    serve(sys.argv[1], Path(sys.argv[2]))
