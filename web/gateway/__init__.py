"""The gateway: WebSocket and REST on one side, the store and Rasa on the other.

A message is stored before it is acknowledged, handed to Rasa in the order of its conversation, and answered
exactly once. ``docs/protocol.md`` is the contract with clients.
"""
