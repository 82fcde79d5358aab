"""Creates with `if_exists`."""

from issued import CREATE, saved_right


def make(bridge, name="app", **params):
    return bridge.result(CREATE, {"name": name, **params})


def replace(bridge, name="app", path="app.creds", **params):
    result = make(bridge, name, save_to=str(path), if_exists="replace", **params)
    saved_right(result)
    return result
