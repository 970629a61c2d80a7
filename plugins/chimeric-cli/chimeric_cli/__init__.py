"""The command line of Chimeric: the ``chimeric`` command."""
