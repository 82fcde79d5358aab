"""Scenarios that mostly wait: they run on threads beside the other tests of their file, from its first test on."""

import contextlib
from concurrent.futures import ThreadPoolExecutor


class Beside(dict):
    """The scenarios of one file by their names; a decorator for each. A scenario is a test that is given a home folder."""

    def __call__(self, scenario):
        self[scenario.__name__] = scenario
        return scenario

    @contextlib.contextmanager
    def running(self, tmp_path_factory):
        """Their futures by name."""
        with ThreadPoolExecutor(len(self)) as pool:
            yield {name: pool.submit(scenario, tmp_path_factory.mktemp("long")) for name, scenario in self.items()}
