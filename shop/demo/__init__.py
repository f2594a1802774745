"""The demo shop "Marlow & Finch": products, people, what they did and bought, promotions and policies, all made up.

``build(db)`` makes it; ``cast(db)`` finds the people whom the demo's sign-in and tests use:

========  ==================  ====================================================================================
C00001    Ada Lindqvist       an order in every state: placed, packed, shipped, delivered, returned (on its way
                              back), refunded, partly returned, cancelled; a long history; agreed to everything
C00002    Ben Okafor          signed up yesterday: no orders, no events
C00003    Clara Moreau        a regular: fourteen delivered orders, so that offers for regular customers hold
C00004    Deniz Kaya          exactly one order, shipped
C00005    Edith Nowak         three delivered orders; no consent to personalisation or the newsletter
(guest)   Gita Sharma         no account, one shipped order to be proved by number and e-mail or postcode
========  ==================  ====================================================================================

Their addresses are ``first.last@example.com`` (Ben and Gita: ``.org``, Deniz: ``.net``). The words come from the CSV
files in ``data/demo``; what somebody likes decides what they do, and is stored nowhere.
"""
from __future__ import annotations

from shop.demo.cast import Member, cast
from shop.demo.load import build

__all__ = ["Member", "build", "cast"]
