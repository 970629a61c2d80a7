"""Other people's clients against the simulator, and other people's servers against the library.

``python3 run.py real-clients`` runs them. Each client and each server has an environment of its
own, because their dependencies exclude each other.
"""
