"""Saying: a causal language model writes replies from dialogue acts, and a gate lets nothing out that is not so."""
