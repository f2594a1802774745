"""What the bot does: Rasa SDK actions. Thin: read slots, ask ``shop`` and ``models``, utter.

Who the shopper is comes from the gateway's metadata alone, never from what they typed.
"""
