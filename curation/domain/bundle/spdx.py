"""Licenses: what the Hugging Face Hub calls those that SPDX names."""

_NAMED_ALIKE = (
    "Apache-2.0",
    "BSD-3-Clause",
    "CC-BY-2.0",
    "CC-BY-2.5",
    "CC-BY-3.0",
    "CC-BY-4.0",
    "CC-BY-NC-2.0",
    "CC-BY-NC-3.0",
    "CC-BY-NC-4.0",
    "CC-BY-NC-ND-3.0",
    "CC-BY-NC-ND-4.0",
    "CC-BY-NC-SA-2.0",
    "CC-BY-NC-SA-3.0",
    "CC-BY-NC-SA-4.0",
    "CC-BY-ND-4.0",
    "CC-BY-SA-3.0",
    "CC-BY-SA-4.0",
    "CC0-1.0",
    "MIT",
)
_HUB_NAMES = {name.lower(): name.lower() for name in _NAMED_ALIKE} | {
    "odbl-1.0": "odbl",
    "odc-by-1.0": "odc-by",
    "pddl-1.0": "pddl",
}
_SPDX_NAMES = {name.lower(): name for name in (*_NAMED_ALIKE, "ODbL-1.0", "ODC-By-1.0", "PDDL-1.0")}


def hub_license(license_name: str) -> str | None:
    """The Hub's word for a license of SPDX; None for one it has no word for."""
    return _HUB_NAMES.get(license_name.lower())


def spdx_license(license_name: str) -> str | None:
    """The identifier in SPDX's own capitals; None for other terms.

    >>> spdx_license("cc-by-4.0")
    'CC-BY-4.0'
    """
    return _SPDX_NAMES.get(license_name.lower())


def license_address(license_name: str) -> str | None:
    """The page that states a license of SPDX; None for other terms."""
    name = spdx_license(license_name)
    return f"https://spdx.org/licenses/{name}.html" if name else None
