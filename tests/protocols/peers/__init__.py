"""The cases of this suite played to other libraries, each in an environment and process of its own.

Nothing here imports what only the project's own environment has, except where it says so: most of
it runs in the environments of other libraries.
"""
