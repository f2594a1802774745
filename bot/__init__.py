"""What the bot understands: Rasa graph components, the gateway's channel and the tracker store.

Runs inside Rasa on Python 3.10 and shares one module with the rest: ``models/embedding.py``.
"""
