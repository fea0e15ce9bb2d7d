"""What measuring consists of, one concept a file."""

from evaluation.models.allowance import EndpointAllowance
from evaluation.models.check import CheckStatus, EndpointCheck
from evaluation.models.endpoint import KEY_VARIABLE_PATTERN, EndpointKind, ModelEndpoint
from evaluation.models.judging import JudgedAnswer, Judging, JudgingStatus, Verdict
from evaluation.models.prediction import Prediction, PredictionStatus, Score
from evaluation.models.report import StoredReport
from evaluation.models.run import Run, RunStatus
from evaluation.models.trial import ForgottenTrial, Trial, TrialAnswer, TrialStatus

__all__ = [
    "KEY_VARIABLE_PATTERN",
    "CheckStatus",
    "EndpointAllowance",
    "EndpointCheck",
    "EndpointKind",
    "ForgottenTrial",
    "JudgedAnswer",
    "Judging",
    "JudgingStatus",
    "ModelEndpoint",
    "Prediction",
    "PredictionStatus",
    "Run",
    "RunStatus",
    "Score",
    "StoredReport",
    "Trial",
    "TrialAnswer",
    "TrialStatus",
    "Verdict",
]
