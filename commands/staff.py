"""``floorwalker staff``: accounts of the console: add one, list them, make a link that sets a password."""
from __future__ import annotations

import argparse
import json
from typing import Any

from commands.errors import CommandError
from shop import staff, staff_links
from shop.database import open_database
from shop.errors import NotFound
from shop.privacy import log
from shop.settings import settings
from shop.staff_roles import ROLES

ACTOR = "operator"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    adding = actions.add_parser("add", help="make an account, and the link by which its owner sets the password")
    adding.add_argument("email", metavar="EMAIL", help="the address to sign in with")
    adding.add_argument("--name", required=True, help="as colleagues and shoppers read it")
    adding.add_argument("--role", choices=ROLES, default="viewer", help="what the account may do (viewer)")
    adding.add_argument("--sees-customers", action="store_true", help="names, addresses and orders are not masked")
    listing = actions.add_parser("list", help="list all accounts")
    linking = actions.add_parser("link", help="make a link that sets a password; without EMAIL, the first account's")
    linking.add_argument("email", metavar="EMAIL", nargs="?", help="whose password it sets")
    for each in (adding, listing, linking):
        each.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """1 where the account does not exist, or a value does not fit."""
    database = open_database()
    try:
        database.check()
        with database.session() as db:
            result = {"add": _add, "list": _list, "link": _link}[arguments.action](db, arguments)
    finally:
        database.close()
    if arguments.json:
        print(json.dumps(result, indent=2, ensure_ascii=False))
    elif arguments.action == "list":
        _print_table(result)
    else:
        print(f"{result['link']}\nGood once, within 24 hours. Hand it over by a way you trust.")
    return 0


def _add(db, arguments: argparse.Namespace) -> dict[str, Any]:
    member = staff.add(db, arguments.email, arguments.name, arguments.role, arguments.sees_customers)
    log(db, ACTOR, "staff.invite", None, {"staff_id": member.staff_id, "role": member.role})
    return _with_link(db, member)


def _list(db, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    return [_described(member) for member in staff.members(db)]


def _link(db, arguments: argparse.Namespace) -> dict[str, Any]:
    if arguments.email is None:
        if staff.exists(db):
            raise CommandError("There are accounts already. Say whose link it is: floorwalker staff link EMAIL")
        return {"link": _address(staff_links.new_link(db, None))}
    member = staff.by_email(db, arguments.email)
    if member is None:
        raise NotFound("member of staff", arguments.email)
    log(db, ACTOR, "staff.link", None, {"staff_id": member.staff_id})
    return _with_link(db, member)


def _with_link(db, member: staff.Member) -> dict[str, Any]:
    return {**_described(member), "link": _address(staff_links.new_link(db, member.staff_id))}


def _address(token: str) -> str:
    return staff_links.address(token, settings)


def _described(member: staff.Member) -> dict[str, Any]:
    return {
        "id": member.staff_id, "email": member.email, "name": member.name, "role": member.role,
        "sees_customers": member.sees_customers, "active": member.active,
        "seen_at": member.seen_at.isoformat() if member.seen_at else None,
    }


def _print_table(rows: list[dict[str, Any]]) -> None:
    if not rows:
        print("Nobody yet. `floorwalker staff link` makes the link for the first account.")
        return
    width = max(len(row["email"]) for row in rows)
    for row in rows:
        marks = [row["role"], "sees customers" * row["sees_customers"], "switched off" * (not row["active"])]
        print(f"{row['email']:<{width}}  {row['name']}  ({', '.join(filter(None, marks))})")
