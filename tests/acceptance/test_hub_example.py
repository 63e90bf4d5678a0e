"""`examples/hub`, started as The Littlest JupyterHub starts what lies in its `jupyterhub_config.d`: a class works."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from absent import running
from acceptance.hub import Hub
from acceptance.test_hub import COURSES, RIGHT, WRONG

from benchmarks.hub_class import make_class
from codegym_jlab.hub.demo import ROOT, TEACHER

pytestmark = pytest.mark.minutes
OWN = "c.JupyterHub.bind_url"  #: from here on, what a Hub has without us: addresses, login, spawner


class Example(Hub):
    """The demo's Hub, told of CodeGYM by the two files of the example alone; its records are in SQLite."""

    def start(self) -> None:
        """Returns when Hub and service answer; place and port are of this test."""
        folder = Path(shutil.copytree(ROOT / "examples/hub", self.home / "jupyterhub_config.d"))
        (folder / "jupyterhub_config.py").rename(folder / "codegym.py")
        for file in folder.iterdir():
            said = file.read_text()
            assert "/srv/codegym/" in said or ":10101" in said
            file.write_text(said.replace("/srv/codegym", str(self.courses.parent)).replace("10101", str(self.service)))
        config = self.home / "jupyterhub_config.py"
        _, found, own = config.read_text().partition(OWN)
        files = sorted(map(str, folder.glob("*.py")))
        config.write_text(f"import sys\nfor file in {files!r}:\n    load_subconfig(file)\n{found}{own}")
        self.start_hub()


@pytest.fixture
def hub() -> Iterator[Example]:
    with tempfile.TemporaryDirectory(prefix="codegym-hub-", ignore_cleanup_errors=True) as home:
        courses = Path(shutil.copytree(COURSES, Path(home) / "srv/courses"))
        with running(lambda: Example(Path(home), courses, admin="ada")) as it:
            yield it


def test_the_example_is_a_class(hub: Example) -> None:
    """Ada makes it, two students are judged in servers of their own, and their teacher sees both."""
    ada, prof = hub.visitor("ada"), hub.visitor(TEACHER)
    ada.log_in_at_service()
    make_class("demo", "Demo", ada)
    prof.log_in_at_service()
    print(*hub.walk(("demo", "one", "add"), WRONG, RIGHT, prof), sep="\n")
    assert (hub.courses.parent / "records/codegym.sqlite").exists()
