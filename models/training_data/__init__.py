"""The trainers' files, read and changed: examples, rules, responses, reply examples and conversation tests.

What is changed here is changed as its author would: one line more or less, and every other byte as it was.
"""
