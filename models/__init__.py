"""What is learned: embedding, product index, customer vectors, their training and the registry.

Reads files and arrays; knows no database.
"""
import logging

# Faiss tells at INFO which builds for other processors it does not have, each time it is loaded.
logging.getLogger("faiss.loader").setLevel(logging.WARNING)
