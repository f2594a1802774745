"""How well the shipped pipeline understands: reading sentences, planning rounds, asking the pipeline, figures, report.

The pipeline itself runs in Rasa's environment (``bot/evaluation.py``); everything here works on its answers.
"""
