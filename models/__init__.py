"""What is learned: embedding, product index, customer vectors, their training and the registry.

Reads files and arrays; knows no database.
"""
