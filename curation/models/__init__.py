"""What the benchmark consists of, one concept a file."""

from curation.models.account_change import AccountChange
from curation.models.annotations import (
    ANNOTATION_CHOICES,
    AnswerFormat,
    CognitiveProcess,
    Difficulty,
    ImageType,
    Rarity,
)
from curation.models.blind_answer import AnswerSeen, BlindAnswer, Stage, StageShown
from curation.models.claim import Assignment, Claim, Decline
from curation.models.comment import Comment
from curation.models.coverage import CoverageCount
from curation.models.download import DownloadCount
from curation.models.draft_revision import DraftRevision
from curation.models.failed_sign_ins import FailedSignIns
from curation.models.heartbeat import Heartbeat
from curation.models.history import StatusChange
from curation.models.history_entry import ChainEnd, HistoryEntry, Told
from curation.models.hub_push import HubPush
from curation.models.idempotency import IdempotentRequest
from curation.models.image import Image, ImageLicense
from curation.models.imports import Import, ImportRow
from curation.models.instructions import Instructions
from curation.models.invitation import Invitation
from curation.models.likeness import ImageLikeness
from curation.models.mailing import MailChoice, Mailing, Rhythm
from curation.models.notice import Notice, NoticeKind
from curation.models.problem import Panel, Problem
from curation.models.provenance import CoveredRevision, Provenance
from curation.models.release import Release, ReleaseFile
from curation.models.release_item import ReleaseItem
from curation.models.removal import Removal
from curation.models.review import Review, Verdict
from curation.models.revision import Revision, RevisionImage
from curation.models.scan import Scan
from curation.models.specialty import Specialty
from curation.models.status import SIGNED, Move, Status
from curation.models.token import ApiToken, Scope
from curation.models.user import User
from curation.models.what import HistoryKind, What

__all__ = [
    "ANNOTATION_CHOICES",
    "SIGNED",
    "AccountChange",
    "AnswerFormat",
    "AnswerSeen",
    "ApiToken",
    "Assignment",
    "BlindAnswer",
    "ChainEnd",
    "Claim",
    "CognitiveProcess",
    "Comment",
    "CoverageCount",
    "CoveredRevision",
    "Decline",
    "Difficulty",
    "DownloadCount",
    "DraftRevision",
    "FailedSignIns",
    "Heartbeat",
    "HistoryEntry",
    "HistoryKind",
    "HubPush",
    "IdempotentRequest",
    "Image",
    "ImageLicense",
    "ImageLikeness",
    "ImageType",
    "Import",
    "ImportRow",
    "Instructions",
    "Invitation",
    "MailChoice",
    "Mailing",
    "Move",
    "Notice",
    "NoticeKind",
    "Panel",
    "Problem",
    "Provenance",
    "Rarity",
    "Release",
    "ReleaseFile",
    "ReleaseItem",
    "Removal",
    "Review",
    "Revision",
    "RevisionImage",
    "Rhythm",
    "Scan",
    "Scope",
    "Specialty",
    "Stage",
    "StageShown",
    "Status",
    "StatusChange",
    "Told",
    "User",
    "Verdict",
    "What",
]
