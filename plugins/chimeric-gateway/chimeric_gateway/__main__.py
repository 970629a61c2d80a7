"""``python -m chimeric_gateway``: the same as ``chimeric serve``."""

from .serve.command import main

if __name__ == "__main__":
    raise SystemExit(main(program="python -m chimeric_gateway"))
