"""The compiled check refuses what Rasa's own refuses."""
from __future__ import annotations

import pytest
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction

from bot.action_validation import validate_action_result

rasas_own = RemoteAction._validate_action_result
ACTION = RemoteAction("action_search", None)

FITTING = [
    {},
    {"events": [], "responses": []},
    {"events": [{"event": "slot", "name": "search", "value": {"text": "tent"}, "timestamp": None}], "responses": [
        {"text": "Here.", "buttons": [], "custom": {"cards": []}}]},
]
UNFITTING = [
    [],
    {"events": "none"},
    {"responses": ["text"]},
    {"events": [{"event": "no such event"}]},
    {"events": [{"event": "slot", "name": 7}]},
]


@pytest.mark.parametrize("result", FITTING)
def test_an_answer_that_fits_is_accepted_as_by_rasa(result):
    assert rasas_own(ACTION, result) is validate_action_result(ACTION, result) is True


@pytest.mark.parametrize("result", UNFITTING)
def test_an_answer_that_does_not_fit_is_refused_as_by_rasa(result):
    with pytest.raises(ValidationError):
        rasas_own(ACTION, result)
    with pytest.raises(ValidationError, match="form that Rasa expects"):
        validate_action_result(ACTION, result)
