"""Writes a Shopify product CSV of any size, for measuring: ``python make_shopify.py 100000 products.csv``.

Two to four variants and a row with a second picture a product: four rows on average. The same size, the same file.
"""
from __future__ import annotations

import csv
import sys

HEAD = [
    "Title", "URL handle", "Description", "Vendor", "Product category", "Type", "Tags", "Published on online store",
    "Status", "SKU", "Barcode", "Option1 name", "Option1 value", "Option2 name", "Option2 value", "Price",
    "Compare-at price", "Inventory tracker", "Inventory quantity", "Continue selling when out of stock",
    "Weight value (grams)", "Requires shipping", "Product image URL", "Image position", "Gift card",
]  # fmt: skip
KINDS = (
    "rain jacket", "mug", "running shoe", "table lamp", "backpack", "headphones", "board game", "cushion", "jeans",
    "frying pan",
)  # fmt: skip
TEXT = "<p>A {} for every day, <b>made</b> to last.</p>\n<ul><li>easy to clean</li><li>looks good</li></ul>"


def write(products: int, path: str) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEAD)
        writer.writeheader()
        for number in range(products):
            kind = KINDS[number % len(KINDS)]
            handle = f"{kind.replace(' ', '-')}-{number}"
            head = {
                "Title": f"{kind.title()} number {number}", "Description": TEXT.format(kind) * 3,
                "Vendor": f"Brand {number % 150}", "Product category": f"Shop > Group {number % 12} > {kind.title()}",
                "Type": kind, "Tags": "new, sale", "Published on online store": "TRUE", "Status": "active",
                "Option1 name": "Color", "Option2 name": "Size",
                "Product image URL": f"https://shop.example/p/{number}.jpg",
            }  # fmt: skip
            for colour in ("Navy", "Red"):
                for size in ("S", "M") if number % 2 else ("one",):
                    writer.writerow({
                        **head, "URL handle": handle, "Option1 value": colour, "Option2 value": size,
                        "SKU": f"SK-{number}-{colour}-{size}", "Price": f"{10 + number % 200}.95",
                        "Inventory tracker": "shopify", "Inventory quantity": number * 7 % 50,
                        "Continue selling when out of stock": "DENY", "Weight value (grams)": 200 + number % 800,
                    })  # fmt: skip
                    head = {}
            picture = f"https://shop.example/p/{number}-2.jpg"
            writer.writerow({"URL handle": handle, "Product image URL": picture, "Image position": 2})


if __name__ == "__main__":
    write(int(sys.argv[1]), sys.argv[2])
