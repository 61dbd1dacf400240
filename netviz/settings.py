"""Settings. Local mode is the default: this machine only, SQLite, no login.

Environment: DEBUG, SECRET_KEY, DATABASE_URL, NETVIZ_DATA (where the database and the secret key are
kept), STATIC_ROOT (serve the files that `collectstatic` put there, under hashed names),
NETVIZ_IN_CLUSTER (look at the cluster that netviz runs in). NETVIZ_TOKEN_KEY is not read here, so
that no page about settings can show it: see policies/ingest/sealed.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF

from netviz.secret import kept_secret

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DATA_DIR = Path(env.str("NETVIZ_DATA", default=str(BASE_DIR / "var")))
DATA_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env.bool("DEBUG", default=False)
DEFAULT_EXCEPTION_REPORTER_FILTER = "netviz.reporting.Discreet"
# Look at the cluster that netviz runs in, signed in as the service account of its pod.
IN_CLUSTER = env.bool("NETVIZ_IN_CLUSTER", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or kept_secret(DATA_DIR / "secret_key")

# A page of another site that resolves its name to this machine must not reach us by that name.
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]

INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "servestatic",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "policies",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "netviz.middleware.SecurityHeaders",
    "csp.middleware.CSPMiddleware",
    "netviz.static.StaticFiles",
    "netviz.middleware.SameOrigin",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "netviz.urls"
ASGI_APPLICATION = "netviz.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "csp.context_processors.nonce",
            ],
        },
    }
]


def _database() -> dict[str, Any]:
    """DATABASE_URL, or SQLite in DATA_DIR, tuned so that readers and one writer never collide."""
    database: dict[str, Any] = env.db("DATABASE_URL", f"sqlite:///{DATA_DIR / 'netviz.sqlite3'}")
    options = database.setdefault("OPTIONS", {})
    if database["ENGINE"].endswith("sqlite3"):
        # IMMEDIATE: a transaction that reads first and then writes would fail at once otherwise.
        options.setdefault("transaction_mode", "IMMEDIATE")
        options.setdefault("timeout", 20)
        # The server answers with a few threads that stay, each with a connection.
        database.setdefault("CONN_MAX_AGE", 60)
        options.setdefault("init_command", "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
    else:
        # Threads that answer, the feed, and the watcher of each cluster while it writes.
        options.setdefault("pool", {"min_size": 1, "max_size": 20})
    return database


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "/static/"
# Not the sources that static/dist is built from.
STATICFILES_DIRS = [(name, str(BASE_DIR / "static" / name)) for name in ("dist", "img")]
STATIC_ROOT = env.str("STATIC_ROOT", default="") or None
SERVESTATIC_USE_FINDERS = STATIC_ROOT is None
SERVESTATIC_MAX_AGE = 0 if STATIC_ROOT is None else 60
SERVESTATIC_ALLOW_ALL_ORIGINS = False
SERVESTATIC_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "servestatic.storage.CompressedManifestStaticFilesStorage"
        if STATIC_ROOT
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LANGUAGE_CODE = "en"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "netviz.errors.forbidden"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"

# A request's whole body, and so also the sum of the files in it: twice the pods of a cluster with
# 10,000 of them, as large as they come. netviz.asgi cuts longer bodies off before they reach the
# disk.
MAX_REQUEST_BYTES = 256 * 1024 * 1024
# Of a body that is no form: all of it, and what is made of it, is in memory at once.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 2_000
FILE_UPLOAD_HANDLERS = ["netviz.uploads.NamelessUpload"]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
    "DEFAULT_RENDERER_CLASSES": ["policies.api.codec.JsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["policies.api.codec.JsonParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "policies.api.codec.JsonOnly",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "policies.api.problems.exception_handler",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "netviz",
    "DESCRIPTION": "Who may talk to whom in a Kubernetes cluster, and what a draft would change.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "POSTPROCESSING_HOOKS": ["policies.api.schema.finish"],
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # What a visitor did wrong is answered to the visitor; it is no fault of this server.
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
