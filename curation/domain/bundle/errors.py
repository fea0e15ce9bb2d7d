"""Why a bundle was not written, each with what an editor can do about it."""


class BundleError(Exception):
    """The files of a release cannot be written from what was given."""


class DamagedImageError(BundleError):
    """The stored bytes of an image are missing, or are not the bytes that were reviewed."""

    def __init__(self, sha256: str, what_is_wrong: str) -> None:
        super().__init__(
            f"Image {sha256} {what_is_wrong}. Restore this file of the image storage from a "
            "backup, then build the release again; nothing of it was published."
        )
        self.sha256 = sha256


class UnsupportedImageError(BundleError):
    """An image is of a type that a release does not carry."""

    def __init__(self, sha256: str, media_type: str) -> None:
        super().__init__(
            f"Image {sha256} is stored as {media_type}; a release carries PNG and JPEG. Ask the "
            "author to upload the image again and to submit the problem anew."
        )


class ChangedRevisionError(BundleError):
    """A revision's content does not have the hash that its reviewers approved."""

    def __init__(self, problem_id: str, revision_sha256: str) -> None:
        super().__init__(
            f"The content of problem {problem_id} does not have the hash {revision_sha256} that "
            "was approved. Restore the revision from a backup, or leave the problem out."
        )


class UnfinishedProblemError(BundleError):
    """A problem lacks what every published problem has."""

    def __init__(self, problem_id: str, what_is_missing: str) -> None:
        super().__init__(
            f"Problem {problem_id} has {what_is_missing}. Leave it out of the release, or return "
            "it to its author."
        )


class RepeatedProblemError(BundleError):
    """One problem was given twice: its rows could not be told apart."""

    def __init__(self, problem_id: str) -> None:
        super().__init__(
            f"Problem {problem_id} is listed twice. Keep one of its revisions in the release."
        )


class UnsealedProblemError(BundleError):
    """A held-out problem came without the secret that hides its hash."""

    def __init__(self, problem_id: str) -> None:
        super().__init__(
            f"Problem {problem_id} is held out, but no seal of 64 hexadecimal digits was given: "
            "its hash would let anybody test guesses. Cut the release again."
        )


class ManifestError(BundleError):
    """What stands in ``manifest.json`` is no manifest of this form."""

    def __init__(self) -> None:
        super().__init__("manifest.json cannot be read: download it again.")
