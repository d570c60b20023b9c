"""What the tests of the SDKs share."""

import pytest

from drivers import Refused, key_of

KEY = [("p", "STRING"), ("n", "INTEGER")]
OLD_ENOUGH_S = 100 * 365 * 86400
TEXTS = "Größe, 中文, \U0001f600, \u2028, \x00, \x7f, \"\\"
BYTES = bytes(range(256))
INVALID = "OTSParameterInvalid"
CONDITION = ("OTSConditionCheckFail", "Condition check failed.")
MISSING_ROW = [1, 0]
NO_NON_ASCII_NAMES = ("node", "python")  # tablestore-protocol 3.9


def named(p, n=1):
    return key_of(p=p, n=n)


def refused(code, text, call, *arguments, **keywords):
    """The call is refused by the service with this code and a message that has this text."""
    with pytest.raises(Refused) as caught:
        call(*arguments, **keywords)
    assert caught.value.code == code, caught.value
    assert text in caught.value.message
    return caught.value
