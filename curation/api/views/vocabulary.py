"""The words that annotations and licenses are chosen from."""

from collections.abc import Iterable
from typing import Any

from curation.api.operations import ApiView, operation
from curation.api.serializers.reviews import VocabularySerializer
from curation.models import ANNOTATION_CHOICES, ImageLicense, Specialty
from curation.permissions import is_member


class Vocabulary(ApiView):
    """Words."""

    @operation("read_vocabulary", may=is_member, scope=None, gives=VocabularySerializer)
    def get(self, request: Any) -> Any:
        """Every value that an annotation or the license of an image may have."""
        known = {name: _words(choices.choices) for name, choices in ANNOTATION_CHOICES.items()}
        specialties = Specialty.objects.values_list("slug", "name")
        return {
            "specialty": _words(specialties),
            **known,
            "image_license": _words(ImageLicense.choices),
        }


def _words(choices: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"value": value, "label": str(label)} for value, label in choices]
