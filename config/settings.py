"""Settings: the only module that reads the environment. `.env.example` explains every variable."""

from pathlib import Path
from urllib.parse import urlsplit

from django.utils.csp import CSP

from config import api_settings, safety
from config.databases import database
from config.environment import (
    Environment,
    flag,
    hosts,
    hour,
    integer,
    model_key,
    model_key_names,
    text,
    words,
)
from config.hub import hub
from config.logs import logging_config
from config.outside import broker_options, mailer
from config.schedule import BEAT_SCHEDULE
from config.sign_in import openid_connect
from config.storages import storages
from curation.domain.imaging import MAX_UPLOAD_BYTES

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = Environment(text("ENVIRONMENT", default="production"))
IS_PRODUCTION = ENVIRONMENT is Environment.PRODUCTION
DATA_DIR = Path(text("DATA_DIR", default=str(BASE_DIR / "data")))

DEBUG = ENVIRONMENT is Environment.DEVELOPMENT
_known_key = f"{safety.INSECURE_PREFIX}known-to-everybody-who-reads-the-code"
SECRET_KEY = text("SECRET_KEY", default=None if IS_PRODUCTION else _known_key)
SITE_NAME = text("SITE_NAME", default="ICL Bench")
SITE_URL = text("SITE_URL", default=None if IS_PRODUCTION else "http://127.0.0.1:8000").rstrip("/")
_site = urlsplit(SITE_URL)
_is_https = _site.scheme == "https"

ALLOWED_HOSTS = [_site.hostname or "", *words("ALLOWED_HOSTS")]
if not IS_PRODUCTION:
    ALLOWED_HOSTS += ["127.0.0.1", "localhost", "testserver"]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "config",
    "evaluation",
    "curation",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_structlog",
    *api_settings.API_APPS,
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.NoStoreMiddleware",
    "config.middleware.RequestLogMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.BodyMiddleware",
    "config.middleware.SignedInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.middleware.SecondFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.VaryOnHtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.site",
            ],
        },
    },
]

# Databases.
_default_database = None if IS_PRODUCTION else f"sqlite:///{DATA_DIR / 'db.sqlite3'}"
DATABASES = {"default": database(text("DATABASE_URL", default=_default_database))}
IS_SQLITE = DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = text("REDIS_URL", default=None if IS_PRODUCTION else "")
_redis = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
_memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
CACHES = {"default": _redis if REDIS_URL else _memory}

# Files.
_is_collected = IS_PRODUCTION
STORAGES = storages(DATA_DIR, is_collected=_is_collected)
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles" if _is_collected else None
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not _is_collected
# A photograph from a phone is 5 to 15 MB; more than one per request is not taken.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024**2
UPLOAD_MAX_BYTES = MAX_UPLOAD_BYTES
# What is brought touches no disk before it is only pixels: a DICOM file names its patient.
FILE_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_MAX_BYTES + DATA_UPLOAD_MAX_MEMORY_SIZE
# Hosts that pictures may be fetched from although they are not on the public web.
IMAGE_HOSTS = hosts("IMAGE_HOSTS")
# Whether workers look for text burned into pictures, where the extra `ocr` is installed.
TEXT_SEARCH = flag("TEXT_SEARCH", default=True)
# What an import's page takes at once, by way of the disk; the command takes more.
IMPORT_MAX_BYTES = 1024**3

# People
AUTH_USER_MODEL = "curation.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator"},
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "curation:home"
ACCOUNT_ADAPTER = "curation.accounts.ClosedSignupAdapter"
ACCOUNT_FORMS = {
    "login": "curation.forms.signing_in.SignInForm",
    "reset_password": "curation.forms.signing_in.AskForLinkForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# Whoever accepts an invitation holds the link that was sent to that address.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# Else anybody could have us write to any address.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
INVITATION_DAYS = integer("INVITATION_DAYS", default=14)

# The second factor, and single sign-on in place of the password.
REQUIRE_MFA_FOR_EDITORS = flag("REQUIRE_MFA_FOR_EDITORS", default=False)
MFA_ADAPTER = "curation.accounts.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "curation.forms.signing_in.CodeForm",
    "reauthenticate": "curation.forms.signing_in.CodeAgainForm",
    "activate_totp": "curation.forms.signing_in.SetUpAppForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # codes of half a minute ago and ahead: clocks of phones differ
SOCIALACCOUNT_ADAPTER = "curation.accounts.InvitedOnlyAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
# A link: our pages send no form elsewhere. State and PKCE tie the answer to the browser that asked.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_PROVIDERS = openid_connect(
    name=text("OIDC_NAME", default="single sign-on"),
    issuer=text("OIDC_ISSUER", default=""),
    client_id=text("OIDC_CLIENT_ID", default=""),
    client_secret=text("OIDC_CLIENT_SECRET", default=""),
)

# The license of questions and answers as an SPDX identifier; every image has its own.
CONTENT_LICENSE = text("CONTENT_LICENSE", default="CC-BY-4.0")

# The rule of publication: how many others must approve the same revision.
REQUIRED_APPROVALS = integer("REQUIRED_APPROVALS", default=2)
# How long a reviewer's place is kept; opening the problem from the queue starts the time anew.
CLAIM_HOURS = integer("CLAIM_HOURS", default=48)
# Whether authors are not told who reviews them.
HIDE_REVIEWERS = flag("HIDE_REVIEWERS", default=False)

# Models: the hosts that endpoints may name (any if empty), and how a call finds its key.
MODEL_HOSTS = words("MODEL_HOSTS")
FIND_MODEL_KEY = model_key
HUB_URL, FIND_HUB_TOKEN = hub(DATA_DIR)
# How often a person may try a draft on a model in a day (UTC); each try asks four questions.
METRICS_TOKEN = text("METRICS_TOKEN", default="")
TRIALS_PER_DAY = integer("TRIALS_PER_DAY", default=20)

_mail_server = {
    "host": text("EMAIL_HOST", default=""),  # without one, e-mails are printed
    "port": integer("EMAIL_PORT", default=587),
    "username": text("EMAIL_HOST_USER", default=""),
    "password": text("EMAIL_HOST_PASSWORD", default=""),
    "use_tls": flag("EMAIL_USE_TLS", default=True),
}
MAILERS = {"default": mailer(_mail_server)}
# The hour in UTC from which the daily e-mails go out.
DIGEST_HOUR = hour("DIGEST_HOUR", default=6)
DEFAULT_FROM_EMAIL = text("DEFAULT_FROM_EMAIL", default=f"noreply@{_site.hostname}")

# The queue only wakes workers; what is to be done is rows. See config/celery.py.
QUEUE_DIR = DATA_DIR / "queue"
CELERY_BROKER_URL = REDIS_URL or "filesystem://"
CELERY_BROKER_TRANSPORT = None if REDIS_URL else "config.file_queue:Transport"
_LONGEST_TASK_SECONDS = 30 * 60
CELERY_BROKER_TRANSPORT_OPTIONS = broker_options(
    REDIS_URL, QUEUE_DIR, longest_task=_LONGEST_TASK_SECONDS
)
# Runs wait for other people's servers: they have workers of their own, so that nothing else waits.
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    f"evaluation.tasks.{name}": {"queue": "runs"}
    for name in ("tick", "work_run", "work_trial", "work_check", "work_judging")
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = _LONGEST_TASK_SECONDS
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(QUEUE_DIR / "beat")
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE

# The API; see config/api_settings.py.
REST_FRAMEWORK, API_RATES = api_settings.REST_FRAMEWORK, api_settings.API_RATES
SPECTACULAR_SETTINGS = api_settings.SPECTACULAR_SETTINGS

# Security. Whatever depends on TLS follows the scheme of SITE_URL.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = _is_https
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _is_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _is_https
SECURE_REDIRECT_EXEMPT = [r"^health/"]
_is_behind_proxy = flag("BEHIND_PROXY", default=False)
if _is_behind_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# A client's address is the one that our proxy appended; what stands before it, a client made up.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if _is_behind_proxy else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:", "blob:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

LOGGING = logging_config(level=text("LOG_LEVEL", default="INFO"), is_json=IS_PRODUCTION)
DJANGO_STRUCTLOG_CELERY_ENABLED = True

if IS_PRODUCTION:
    safety.require_secret(SECRET_KEY)
    safety.require_site(SITE_URL)
    safety.require_named_hosts(ALLOWED_HOSTS)
    safety.require_approvals(REQUIRED_APPROVALS)
    safety.require_claim_hours(CLAIM_HOURS)
    safety.require_hosts_for_keys(MODEL_HOSTS, model_key_names())
