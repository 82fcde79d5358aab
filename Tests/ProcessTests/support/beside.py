"""Scenarios that mostly wait: each is a test of its own, and those that come after it run at the same time."""

import contextlib
from concurrent.futures import ThreadPoolExecutor


class Beside(dict):
    """The scenarios of one file by their names; a decorator for each. A scenario is given a home folder. The file's test has the parameter
    `scenario`, so that one runs alone by its id: `pytest 'FILE::test[NAME]'`."""

    def __init__(self, at_once=16):
        super().__init__()
        self.at_once = at_once

    def __call__(self, scenario):
        self[scenario.__name__] = scenario
        return scenario

    @contextlib.contextmanager
    def running(self, request, tmp_path_factory):
        """A function that waits for one by its name. It starts that one, and what was asked for after it, but not what another worker may be
        given."""
        items = [item for item in request.session.items if item.module is request.module and hasattr(item, "callspec")]
        asked = [item.callspec.params["scenario"] for item in items if "scenario" in item.callspec.params]
        started = {}
        with ThreadPoolExecutor(self.at_once) as pool:

            def result(name):
                first = asked.index(name)
                for each in asked[first : first + self.at_once]:
                    if each not in started:
                        started[each] = pool.submit(self[each], tmp_path_factory.mktemp("scenario"))
                return started[name].result(90)

            yield result
