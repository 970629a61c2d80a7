"""``python -m chimeric_cli``: the same as the ``chimeric`` command."""

from .main import main

if __name__ == "__main__":
    raise SystemExit(main())
