"""Sentences that break whatever writes them carelessly; also asked of Rasa's own reader in tests/bot."""
from __future__ import annotations

SENTENCES = (
    "where is [my] order", "is [it](colour) red", 'take [it]{"entity": "x"} back', "[[nested](a)](b)", "[open",
    "a]b[c](d)", "key: value", "- a dash", "-- two", "# no comment", "a # comment?", "'quoted'", '"quoted"',
    "it's \"both\"", "{braces}", "{{ jinja }}", "*anchor", "&anchor", "!tag", "%percent", "@at", "`tick", "| pipe",
    "> fold", "? what", "[]", "()", "{}", "yes", "null", "~", "123", "1e3", "0x1f", "2026-11-24", "...", "---",
    "\\n is no line break", "back\\slash", "two\nlines", "tab\there", "carriage\rreturn", "form\ffeed",
    "next\x85line", "line\u2028separator", "nul\x00byte", "\ufeffbom", "zero\u200bwidth", "right\u202eleft",
    "no\u00a0break", "   spaces   around   ", "ünïcödé", "日本語の文", "👩\u200d👩\u200d👧 family", "🇳🇱", "ﷺ",
    "C:\\users\\me", "\\u0041 letter", "\\U0001f600", "\\\\u00zz", "\\N{DASH}",
    "e\u0301", "\ud800 surrogate", "\U0010ffff nothing", "price: 20€ [sale]", "/greet", '/inform{"a": 1}', "a" * 500,
)  # fmt: skip
