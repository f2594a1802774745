"""What the shop knows: products, customers, events, orders, promotions, consent, transcripts.

The only room that opens the database. It imports nothing else of Floorwalker.
"""
