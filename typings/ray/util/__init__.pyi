from . import scheduling_strategies as scheduling_strategies
