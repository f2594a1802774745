"""What a page says after a form was sent: the address carries the word, never the sentence."""
from __future__ import annotations

NOTICES = {
    # access
    "signed-out": "You are signed out.",
    "password": "Your password is changed. You are signed out everywhere else.",
    "name": "Your name is changed.",
    "person-changed": "Changed.",
    # desk
    "canned-saved": "The canned reply is saved.",
    "canned-removed": "The canned reply is deleted.",
    # conversations
    "view-saved": "The view is saved.",
    "view-changed": "The view is changed.",
    "view-deleted": "The view is deleted.",
    # training
    "training-accepted": "Accepted. The files are written; the bot answers so after the next training.",
    "training-refused": "Refused. The reviewer sees the reason.",
    "training-test": "The test is saved. `make test` plays it from now on.",
    # reviewing
    "review-done": "Marked as done. It has left the queue; n opens the next one.",
    "review-open": "Open again.",
}
