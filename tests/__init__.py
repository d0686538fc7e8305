"""The tests. A failed assertion says what it compared, in the modules that tests share too."""

from pkgutil import iter_modules

import pytest

pytest.register_assert_rewrite(*(module.name for module in iter_modules(__path__, f"{__name__}.")))
