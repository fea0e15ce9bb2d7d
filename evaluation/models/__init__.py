"""What measuring consists of, one concept a file."""

from evaluation.models.allowance import EndpointAllowance
from evaluation.models.check import CheckStatus, EndpointCheck
from evaluation.models.endpoint import KEY_VARIABLE_PATTERN, EndpointKind, ModelEndpoint
from evaluation.models.judge_sample import (
    ExpertSaid,
    ExpertVerdict,
    JudgeSample,
    SampledAnswer,
)
from evaluation.models.judging import JudgedAnswer, Judging, JudgingStatus, Verdict
from evaluation.models.prediction import PlannedRow, Prediction, PredictionStatus, Score
from evaluation.models.report import StoredReport
from evaluation.models.run import Run, RunStatus
from evaluation.models.run_index import RunIndex
from evaluation.models.trial import ForgottenTrial, Trial, TrialAnswer, TrialStatus

__all__ = [
    "KEY_VARIABLE_PATTERN",
    "CheckStatus",
    "EndpointAllowance",
    "EndpointCheck",
    "EndpointKind",
    "ExpertSaid",
    "ExpertVerdict",
    "ForgottenTrial",
    "JudgeSample",
    "JudgedAnswer",
    "Judging",
    "JudgingStatus",
    "ModelEndpoint",
    "PlannedRow",
    "Prediction",
    "PredictionStatus",
    "Run",
    "RunIndex",
    "RunStatus",
    "SampledAnswer",
    "Score",
    "StoredReport",
    "Trial",
    "TrialAnswer",
    "TrialStatus",
    "Verdict",
]
