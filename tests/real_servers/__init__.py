"""The library against other people's inference servers, each in an environment of its own.

``python3 run.py real-servers`` runs these tests. The models are made by them: a network of one
layer that says what its chat template asks for (``programs/script.py``), so that texts, thoughts
and tool calls are known, while parsing, sampling and grammars are the server's own.
"""
