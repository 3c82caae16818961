# The own annotations of this package are too loose to check against: everything in it counts as Any.
from typing import Any

def __getattr__(name: str) -> Any: ...
