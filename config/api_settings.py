"""The API under /api/v1/: what its libraries are told, and how often it may be asked."""

from typing import Any

from config.environment import integer

API_APPS = ["rest_framework", "drf_spectacular", "drf_spectacular_sidecar"]

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "curation.api.authentication.TokenAuthentication",
        "curation.api.authentication.BrowserAuthentication",
    ],
    # Each operation states whom it is for: see curation/api/operations.py.
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["curation.api.parsing.StrictJsonParser"],
    "DEFAULT_SCHEMA_CLASS": "curation.api.schema.DescribedOperation",
    "EXCEPTION_HANDLER": "curation.api.problems.answer_of",
    "URL_FORMAT_OVERRIDE": None,
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "ICL Bench",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    # An enumeration is written where it is used: the same words mean other things elsewhere.
    "POSTPROCESSING_HOOKS": [],
    "SERVERS": [{"url": "/"}],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_PATCH": False,
    "ENFORCE_NON_BLANK_FIELDS": True,
}

API_RATES = {
    # Requests a minute: of a token, or of somebody signed in; of those, what changes something;
    # of an address that nobody is known of.
    "requests": integer("API_REQUESTS_PER_MINUTE", default=600),
    "writes": integer("API_WRITES_PER_MINUTE", default=120),
    "anonymous": integer("API_ANONYMOUS_PER_MINUTE", default=60),
}
