"""Keep passwords out of what is shown, logged and stored. Public: :func:`hide_passwords`."""

import re

_IN_ADDRESS = re.compile(r"(\w://[^\s:/?#@]*):[^\s]*@")  # up to the last @: a password may hold one
_AS_PARAMETER = re.compile(
    r"(\b(?:password|passwd|sslpassword)\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&]+)", re.IGNORECASE
)


def hide_passwords(text: str) -> str:
    """Put stars in the place of the passwords of addresses (``postgresql://user:password@host``).

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    return _AS_PARAMETER.sub(r"\1***", _IN_ADDRESS.sub(r"\1:***@", text))
