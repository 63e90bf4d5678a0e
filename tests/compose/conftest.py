"""The browser of the walks through a lab."""

from acceptance.conftest import browser as browser
