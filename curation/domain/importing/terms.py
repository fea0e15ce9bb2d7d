"""SMMILE's words for annotations, read back: the inverse of `bundle.smmile_terms`."""

from collections.abc import Mapping

from curation.domain.bundle.smmile_terms import FIELDS, TERMS

SMMILE_TERMS: Mapping[str, Mapping[str, str]] = {
    FIELDS[column]: {term: slug for slug, term in terms.items()} for column, terms in TERMS.items()
}
"""Annotation -> SMMILE's term -> our slug, where the term is not the slug with spaces."""
