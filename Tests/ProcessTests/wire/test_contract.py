"""What every backend promises, whatever stands behind it: one suite, run over the embedded store and over the stand-in for Scaleway's API."""

import contextlib
import hashlib
import json
import re

import pytest

from bridge import Bridge, masked
from issued import claims, saved_right, secret_of
from nats_server import Port
from scaleway_service import Scaleway, public_key

NO_ACCOUNT = public_key(0, bytes(range(32)))
NO_CREDENTIAL = "00000000-0000-4000-8000-000000000000"
PROJECT, NO_PROJECT = "11111111-2222-4333-8444-555555555555", "99999999-2222-4333-8444-555555555555"
TIME = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6})(\d{3})?Z"
KINDS = ["accounts", "credentials"]
ID = {"accounts": "nats_account_id", "credentials": "nats_credentials_id"}
LETTERS, CHANGES = "cgaebdf", (5, 3, 0, 6, 4, 1, 2)
ORDERS = [f"{field}_{way}" for field in ("created_at", "updated_at", "name") for way in ("asc", "desc")]
NAMES = {
    "one letter": "x", "space": " ", "Latin": "Zugang f\u00fcr \u00c6gir", "two ways to write one letter": "\u00e9e\u0301", "Chinese": "\u51ed\u636e",
    "beyond the first plane": "\U0001f511\U0001f468\u200d\U0001f469", "right to left": "\u05de\u05e4\u05ea\u05d7 \u202e",
    "signs": "\"\\/<>&'`$%{}[]#?*",
    "a path": "../../x", "line separators": "a\u2028b\u2029c", "the last of all": "\U0010ffff\uffff\ufeff", "like JSON": '{"a":null}',
    "like a number": "1e3",
}  # fmt: skip


class Backend:
    """One backend, empty at first. Whatever must differ between them is here and in the two classes below, and in no test."""

    def __init__(self, home, environment):
        self.home, self.environment = home, environment
        self.region = environment["SCW_DEFAULT_REGION"]
        self.opened = contextlib.ExitStack()

    def new_bridge(self):
        return self.opened.enter_context(Bridge(self.home, env=self.environment, cwd=self.home))

    def row(self, result):
        """A row as it is read later: times have six digits then, and what is said of a change is gone."""
        row = {name: value for name, value in result.items() if name not in ("pushed", "saved", "replaced", "not_deleted", "state")}
        for name in ("created_at", "updated_at"):
            row[name] = re.fullmatch(TIME, row[name])[1] + "Z"
        if "credentials" in row:
            row["credentials"] = None
        return row


class Local(Backend):
    """Has a state and news of servers, and needs no account to be named."""

    account_is_optional = True

    def row(self, result):
        assert result["state"] == "active"
        return super().row(result)

    def change(self, result):
        """`pushed` is there where a server would have to hear of it."""
        assert isinstance(result.get("pushed", True), bool)
        return self.row(result)


class OfScaleway(Backend):
    """Has neither: the service knows nothing of them."""

    account_is_optional = False

    def row(self, result):
        assert "state" not in result
        return super().row(result)

    def change(self, result):
        assert "pushed" not in result
        return self.row(result)


@contextlib.contextmanager
def backend_called(name, home):
    with contextlib.ExitStack() as stack:
        if name == "local":
            made = Local(home, {"SCW_DEFAULT_REGION": "local", "NATS_URL": stack.enter_context(Port()).url})
        else:
            made = OfScaleway(home, stack.enter_context(Scaleway()).environment)
        stack.enter_context(made.opened)
        yield made


@pytest.fixture(params=["local", "scaleway"])
def backend(request, home):
    with backend_called(request.param, home) as made:
        yield made


@pytest.fixture
def bridge(backend):
    return backend.new_bridge()


@pytest.fixture
def account(bridge):
    return make_account(bridge)["id"]


@pytest.fixture(scope="module", params=["local", "scaleway"])
def filled(request, tmp_path_factory):
    """One that is only read: seven rows of either kind, made in another order than that of their names. Accounts are renamed, so that the
    times of their changes go a third way. `orders` has the ids of each kind by field."""
    with backend_called(request.param, tmp_path_factory.mktemp("filled")) as made:
        made.bridge = bridge = made.new_bridge()
        accounts = [make_account(bridge)["id"] for _ in LETTERS]
        for number in CHANGES:
            bridge.result("accounts.update", {"nats_account_id": accounts[number], "name": LETTERS[number]})
        credentials = [make(bridge, accounts[0], name)["id"] for name in LETTERS]
        by_name = sorted(range(7), key=LETTERS.__getitem__)
        made.orders = {
            kind: {"created_at": all, "updated_at": changed, "name": [all[number] for number in by_name]}
            for kind, all, changed in (
                ("accounts", accounts, [accounts[number] for number in CHANGES]), ("credentials", credentials, credentials)
            )
        }  # fmt: skip
        yield made


def ordered(filled, kind, order):
    """The ids as a list of this order must have them."""
    field, _, way = order.rpartition("_")
    return filled.orders[kind][field][:: 1 if way == "asc" else -1]


def make_account(bridge, name="a", **params):
    return bridge.result("accounts.create", {"name": name, **params})


def make(bridge, account, name="c", **params):
    return bridge.result("credentials.create", {"nats_account_id": account, "name": name, **params})


def make_one(bridge, kind):
    """One of either kind; a credential gets an account of its own."""
    return make_account(bridge) if kind == "accounts" else make(bridge, make_account(bridge)["id"])


def get(bridge, kind, id):
    return bridge.result(f"{kind}.get", {ID[kind]: id})


def listed(bridge, kind, **params):
    return bridge.result(f"{kind}.list", {"page_size": 100, **params})[f"nats_{kind}"]


def ids(bridge, kind, **params):
    return [row["id"] for row in listed(bridge, kind, **params)]


def streamed(bridge, kind, **params):
    """The final result, and the rows of all parts."""
    answer = bridge.call(f"{kind}.stream", params)
    assert "result" in answer, masked(answer)
    parts = bridge.parts
    assert [(part["kind"], part["seq"]) for part in parts] == [("page", number + 1) for number in range(len(parts))]
    return answer["result"], [row for part in parts for row in part[f"nats_{kind}"]]


def refused(error, field):
    data = error["data"]
    assert (error["code"], data["kind"], data["outcome"], data["retryable"]) == (-32602, "invalid_params", "none", False), error
    assert [problem["name"] for problem in data["fields"]] == [field]


def not_found(error, kind, id):
    data = error["data"]
    assert (error["code"], data["kind"], data["outcome"], data["retryable"]) == (1404, "not_found", "none", False), error
    assert (data["resource"], data["resource_id"]) == ("account" if kind == "accounts" else "credentials", id)


# Making and reading


def test_an_account_is_made_and_read_again(backend, bridge):
    made = make_account(bridge, "mine")
    row = backend.change(made)
    assert made["name"] == "mine" and re.fullmatch(r"nats://[a-z0-9.-]+:\d+", made["endpoint"])
    assert set(row) == {"id", "name", "endpoint", "project_id", "region", "created_at", "updated_at"}
    assert backend.row(get(bridge, "accounts", made["id"])) == row
    assert [backend.row(each) for each in listed(bridge, "accounts")] == [row]
    assert [backend.row(each) for each in streamed(bridge, "accounts")[1]] == [row]


def test_a_credential_is_made_and_read_again(backend, bridge, account):
    made = make(bridge, account, "mine")
    row = backend.change(made)
    assert (made["name"], made["nats_account_id"]) == ("mine", account)
    assert set(row) == {"id", "name", "nats_account_id", "region", "created_at", "updated_at", "checksum", "credentials"}
    assert backend.row(get(bridge, "credentials", made["id"])) == row
    assert [backend.row(each) for each in listed(bridge, "credentials")] == [row]
    assert [backend.row(each) for each in streamed(bridge, "credentials")[1]] == [row]


def test_what_was_made_is_there_for_a_new_process(backend, bridge, account):
    row = backend.change(make(bridge, account))
    assert bridge.end()[0] == 0
    assert backend.row(get(backend.new_bridge(), "credentials", row["id"])) == row


def test_the_secret_is_whole_and_in_the_answer_of_create_only(bridge, account):
    made = make(bridge, account, "mine")
    text = secret_of(made)
    assert hashlib.sha1(text.encode()).hexdigest() == made["checksum"]
    found = claims(text)
    assert (found["name"], found["nats"]["issuer_account"]) == ("mine", account)
    others = [get(bridge, "credentials", made["id"]), *listed(bridge, "credentials"), *streamed(bridge, "credentials")[1]]
    assert len(others) == 3 and all(row["credentials"] is None for row in others)


def test_every_secret_is_another(bridge, account):
    texts = {secret_of(make(bridge, account)) for _ in range(3)}
    assert len({claims(text)["sub"] for text in texts}) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_is_made_up_where_none_is_given(bridge, account, kind):
    params = {"nats_account_id": account} if kind == "credentials" else {}
    names = [bridge.result(f"{kind}.create", params)["name"] for _ in range(2)]
    assert names[0] != names[1] and all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name) for name in names)


@pytest.mark.parametrize("kind", KINDS)
def test_names_need_not_be_unique(bridge, kind):
    account = make_account(bridge, "same")["id"]
    for _ in range(2):
        make_account(bridge, "same") if kind == "accounts" else make(bridge, account, "same")
    assert [row["name"] for row in listed(bridge, kind)] == ["same"] * (3 if kind == "accounts" else 2)


def named(bridge, kind, name):
    made = make_account(bridge, name) if kind == "accounts" else make(bridge, make_account(bridge)["id"], name)
    read = [made, get(bridge, kind, made["id"]), listed(bridge, kind)[-1], streamed(bridge, kind)[1][-1]]
    return [row["name"] for row in read]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_comes_back_as_it_was_given(bridge, kind, name):
    assert named(bridge, kind, name) == [name] * 4


@pytest.mark.parametrize("kind, length", [("accounts", 64), ("credentials", 500)])
@pytest.mark.parametrize("letter", ["x", "\u00e9", "\U0001f511"])
def test_the_longest_name(bridge, kind, length, letter):
    """It counts characters, not bytes."""
    assert named(bridge, kind, letter * length) == [letter * length] * 4


@pytest.mark.parametrize("kind, length", [("accounts", 64), ("credentials", 500)])
def test_no_other_names(bridge, account, kind, length):
    for name in ("", "x" * (length + 1), "a\nb", "\0", "\x7f", "\x85"):
        params = {"name": name, **({"nats_account_id": account} if kind == "credentials" else {})}
        refused(bridge.error(f"{kind}.create", params), "name")
    assert len(listed(bridge, kind)) == (1 if kind == "accounts" else 0)


def test_the_account_of_a_credential_that_names_none(backend, bridge):
    answer = bridge.call("credentials.create", {"name": "c"})
    if backend.account_is_optional:
        assert [row["id"] for row in listed(bridge, "accounts")] == [answer["result"]["nats_account_id"]]
    else:
        refused(answer["error"], "nats_account_id")
        assert listed(bridge, "accounts") == []


def test_a_project_of_the_caller_s(bridge):
    account = make_account(bridge, project_id=PROJECT)
    assert account["project_id"] == get(bridge, "accounts", account["id"])["project_id"] == PROJECT
    assert [row["project_id"] for row in listed(bridge, "accounts")] == [PROJECT]


def test_every_result_says_which_region_it_is_of(backend, bridge, account):
    made = make(bridge, account)
    results = [
        made, make_account(bridge), get(bridge, "accounts", account), get(bridge, "credentials", made["id"]),
        bridge.result("accounts.update", {"nats_account_id": account, "name": "b"}), bridge.result("accounts.list"),
        bridge.result("credentials.list"), streamed(bridge, "accounts")[0], streamed(bridge, "credentials")[0],
        *listed(bridge, "accounts"), *listed(bridge, "credentials"),
    ]  # fmt: skip
    assert [result["region"] for result in results] == [backend.region] * len(results)


# Changing


def test_an_account_is_renamed(backend, bridge, account):
    before = backend.row(get(bridge, "accounts", account))
    result = backend.change(bridge.result("accounts.update", {"nats_account_id": account, "name": "n\u00e9w"}))
    assert {name for name in before if before[name] != result[name]} == {"name", "updated_at"}
    assert result["name"] == "n\u00e9w" and result["updated_at"] > before["updated_at"]
    assert backend.row(get(bridge, "accounts", account)) == result == backend.row(listed(bridge, "accounts")[0])


def test_no_other_names_by_update(bridge, account):
    for name in ("", "x" * 65, "a\tb"):
        refused(bridge.error("accounts.update", {"nats_account_id": account, "name": name}), "name")
    refused(bridge.error("accounts.update", {"nats_account_id": account}), "name")
    assert get(bridge, "accounts", account)["name"] == "a"


# Deleting


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_deleted_is_gone(bridge, kind):
    id = make_one(bridge, kind)["id"]
    kept = ids(bridge, kind) + [make_one(bridge, kind)["id"]]
    kept.remove(id)
    result = bridge.result(f"{kind}.delete", {ID[kind]: id})
    assert (result[ID[kind]], result["deleted"]) == (id, True)
    not_found(bridge.error(f"{kind}.get", {ID[kind]: id}), kind, id)
    assert ids(bridge, kind) == [row["id"] for row in streamed(bridge, kind)[1]] == kept


@pytest.mark.parametrize("kind", KINDS)
def test_a_deletion_says_which_region_it_was_in(backend, bridge, kind):
    assert bridge.result(f"{kind}.delete", {ID[kind]: make_one(bridge, kind)["id"]})["region"] == backend.region


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_deletion_finds_nothing(bridge, kind):
    id = make_one(bridge, kind)["id"]
    bridge.result(f"{kind}.delete", {ID[kind]: id})
    not_found(bridge.error(f"{kind}.delete", {ID[kind]: id}), kind, id)
    result = bridge.result(f"{kind}.delete", {ID[kind]: id, "missing_ok": True})
    assert (result[ID[kind]], result["deleted"]) == (id, False)


@pytest.mark.parametrize("kind", KINDS)
def test_missing_ok_deletes_what_is_there(bridge, kind):
    id = make_one(bridge, kind)["id"]
    assert bridge.result(f"{kind}.delete", {ID[kind]: id, "missing_ok": True})["deleted"] is True
    assert ids(bridge, kind) == []


def test_a_deleted_account_takes_its_credentials_and_no_others(bridge, account):
    other = make_account(bridge)["id"]
    gone = [make(bridge, account)["id"] for _ in range(3)]
    kept = make(bridge, other)["id"]
    bridge.result("accounts.delete", {"nats_account_id": account})
    assert ids(bridge, "credentials") == [kept] and ids(bridge, "accounts") == [other]
    assert ids(bridge, "credentials", nats_account_id=account) == []
    for id in gone:
        not_found(bridge.error("credentials.get", {"nats_credentials_id": id}), "credentials", id)
    not_found(bridge.error("credentials.create", {"nats_account_id": account, "name": "c"}), "accounts", account)


# What is not there, and what cannot be


@pytest.mark.parametrize("method, more", [
    ("accounts.get", {}), ("accounts.update", {"name": "b"}), ("accounts.delete", {}), ("credentials.get", {}), ("credentials.delete", {}),
])  # fmt: skip
def test_not_found(bridge, account, method, more):
    kind = method.split(".")[0]
    id = NO_ACCOUNT if kind == "accounts" else NO_CREDENTIAL
    not_found(bridge.error(method, {ID[kind]: id, **more}), kind, id)
    assert ids(bridge, "accounts") == [account]


@pytest.mark.parametrize("kind", KINDS)
def test_missing_ok_and_nothing_there(bridge, kind):
    id = NO_ACCOUNT if kind == "accounts" else NO_CREDENTIAL
    assert bridge.result(f"{kind}.delete", {ID[kind]: id, "missing_ok": True})["deleted"] is False


@pytest.mark.parametrize("more", [{}, {"save_to": "x.creds"}, {"nats_context": "x"}, {"if_exists": "fail"}], ids=str)
def test_a_credential_of_an_account_that_is_not_there(backend, bridge, account, more):
    not_found(bridge.error("credentials.create", {"nats_account_id": NO_ACCOUNT, "name": "c", **more}), "accounts", NO_ACCOUNT)
    assert ids(bridge, "credentials") == [] and not list(backend.home.rglob("x.*"))


@pytest.mark.parametrize("params", [
    {"nats_account_id": NO_ACCOUNT[:-1] + ("A" if NO_ACCOUNT[-1] != "A" else "B")}, {"nats_account_id": NO_CREDENTIAL},
    {"nats_account_id": NO_ACCOUNT.lower()}, {"nats_account_id": ""}, {"nats_account_id": f"../nats-credentials/{NO_CREDENTIAL}"},
])  # fmt: skip
def test_an_account_s_id_is_one_or_refused(bridge, account, params):
    methods = {"accounts.get": {}, "accounts.update": {"name": "b"}, "accounts.delete": {}, "credentials.create": {"name": "c"},
               "credentials.list": {}, "credentials.stream": {}}  # fmt: skip
    for method, more in methods.items():
        refused(bridge.error(method, {**params, **more}), "nats_account_id")
    assert ids(bridge, "accounts") == [account]


@pytest.mark.parametrize("id", [NO_ACCOUNT, NO_CREDENTIAL[:-1], NO_CREDENTIAL + "0", "", f"../nats-accounts/{NO_ACCOUNT}", "{" + NO_CREDENTIAL + "}"])
def test_a_credential_s_id_is_one_or_refused(bridge, account, id):
    for method in ("credentials.get", "credentials.delete"):
        refused(bridge.error(method, {"nats_credentials_id": id}), "nats_credentials_id")
    assert ids(bridge, "accounts") == [account]


def test_a_credential_s_id_may_be_in_capitals(bridge, account):
    id = make(bridge, account)["id"]
    assert get(bridge, "credentials", id.upper())["id"] == id


# Lists


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", ORDERS)
def test_orders(filled, kind, order):
    wanted = ordered(filled, kind, order)
    assert ids(filled.bridge, kind, order_by=order) == wanted
    assert [row["id"] for row in streamed(filled.bridge, kind, order_by=order, page_size=2)[1]] == wanted


@pytest.mark.parametrize("kind", KINDS)
def test_the_usual_order(filled, kind):
    assert ids(filled.bridge, kind) == [row["id"] for row in streamed(filled.bridge, kind)[1]] == ordered(filled, kind, "created_at_asc")


def test_credentials_of_one_account(bridge, account):
    other, empty = make_account(bridge)["id"], make_account(bridge)["id"]
    mine, theirs = [], []
    for number in range(4):
        mine.append(make(bridge, account, f"m{number}")["id"])
        theirs.append(make(bridge, other, f"t{number}")["id"])
    for id, wanted in ((account, mine), (other, theirs), (empty, []), (NO_ACCOUNT, [])):
        page = bridge.result("credentials.list", {"nats_account_id": id})
        assert ([row["id"] for row in page["nats_credentials"]], page["total_count"]) == (wanted, len(wanted))
        end, rows = streamed(bridge, "credentials", nats_account_id=id, page_size=3)
        assert ([row["id"] for row in rows], end["total_count"], end["complete"]) == (wanted, len(wanted), True)
    assert len(listed(bridge, "credentials")) == 8


def test_rows_of_one_project(bridge, account):
    other = make_account(bridge, project_id=PROJECT)["id"]
    mine, theirs = make(bridge, account)["id"], make(bridge, other)["id"]
    for project, accounts, credentials in ((PROJECT, [other], [theirs]), (NO_PROJECT, [], [])):
        for kind, wanted in (("accounts", accounts), ("credentials", credentials)):
            page = bridge.result(f"{kind}.list", {"project_id": project})
            assert ([row["id"] for row in page[f"nats_{kind}"]], page["total_count"]) == (wanted, len(wanted))
            assert [row["id"] for row in streamed(bridge, kind, project_id=project)[1]] == wanted
    assert ids(bridge, "credentials") == [mine, theirs]
    assert ids(bridge, "credentials", project_id=PROJECT, nats_account_id=account) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 100])
def test_pages(filled, kind, size):
    wanted, found, page = ordered(filled, kind, "created_at_asc"), [], 1
    while page is not None:
        result = filled.bridge.result(f"{kind}.list", {"page": page, "page_size": size})
        assert (result["page"], result["page_size"], result["total_count"]) == (page, size, 7)
        rows = [row["id"] for row in result[f"nats_{kind}"]]
        assert rows == wanted[(page - 1) * size : page * size]
        assert result["next_page"] in (None, page + 1)
        found, page = found + rows, result["next_page"]
    assert found == wanted


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_beyond_the_end_is_empty(filled, kind):
    for page, size in ((2, 7), (3, 4), (1000, 100), (8, 1)):
        result = filled.bridge.result(f"{kind}.list", {"page": page, "page_size": size})
        assert (result[f"nats_{kind}"], result["total_count"], result["next_page"]) == ([], 7, None)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_there(bridge, kind):
    result = bridge.result(f"{kind}.list")
    assert (result[f"nats_{kind}"], result["total_count"], result["page"], result["page_size"], result["next_page"]) == ([], 0, 1, 50, None)
    end, rows = streamed(bridge, kind)
    assert (rows, end["items"], end["total_count"], end["complete"], end["moved"], end["cursor"]) == ([], 0, 0, True, False, None)


# Streams


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [1, 3, 7, 8, 100])
def test_a_stream_gives_every_row_once_and_in_order(filled, kind, size):
    end, rows = streamed(filled.bridge, kind, page_size=size)
    assert [row["id"] for row in rows] == ordered(filled, kind, "created_at_asc")
    assert (end["items"], end["total_count"], end["complete"], end["moved"], end["cursor"]) == (7, 7, True, False, None)
    parts = filled.bridge.parts
    assert end["pages"] == len(parts) >= -(-7 // size)
    assert all(part["total_count"] == 7 and 1 <= len(part[f"nats_{kind}"]) <= size for part in parts)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", ORDERS)
def test_a_stream_goes_on_in_a_new_process(filled, kind, order):
    found, params = [], {"page_size": 2, "order_by": order}
    for _ in range(10):
        with filled.new_bridge() as bridge:
            end, rows = streamed(bridge, kind, max_pages=1, **params)
        found += [row["id"] for row in rows]
        assert len(rows) <= 2 and end["complete"] == (end["cursor"] is None)
        if end["complete"]:
            break
        params = {"cursor": end["cursor"]}
    assert found == ordered(filled, kind, order) and end["complete"]


def test_a_cursor_keeps_filter_order_and_size(backend, bridge, account):
    other = make_account(bridge, project_id=PROJECT)["id"]
    mine = [make(bridge, id, f"n{number}")["id"] for number in range(3) for id in (account, other)][::2]
    params = {"nats_account_id": account, "order_by": "name_desc", "page_size": 1}
    end, rows = streamed(bridge, "credentials", max_pages=1, **params)
    assert [row["id"] for row in rows] == mine[:1:-1]
    end, rows = streamed(backend.new_bridge(), "credentials", cursor=end["cursor"])
    assert [row["id"] for row in rows] == mine[1::-1] and end["complete"] and len(rows) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_every_part_has_a_cursor_to_go_on_from(filled, kind):
    wanted = ordered(filled, kind, "name_desc")
    streamed(filled.bridge, kind, page_size=3, order_by="name_desc")
    seen = 0
    for part in list(filled.bridge.parts):
        seen += len(part[f"nats_{kind}"])
        if part["cursor"] is not None:
            with filled.new_bridge() as bridge:
                assert [row["id"] for row in streamed(bridge, kind, cursor=part["cursor"])[1]] == wanted[seen:]
    assert seen == 7


def test_a_cursor_of_another_list_is_refused(bridge, account):
    make(bridge, account)
    make(bridge, account)
    cursor = streamed(bridge, "credentials", page_size=1, max_pages=1)[0]["cursor"]
    assert cursor is not None
    refused(bridge.error("accounts.stream", {"cursor": cursor}), "cursor")
    refused(bridge.error("credentials.stream", {"cursor": cursor[:-4]}), "cursor")
    refused(bridge.error("credentials.stream", {"cursor": cursor, "order_by": "name_asc"}), "cursor")
    refused(bridge.error("credentials.stream", {"cursor": cursor, "nats_account_id": account}), "cursor")


def test_a_row_made_behind_the_cursor_is_seen(backend, bridge, account):
    first = [make(bridge, account)["id"] for _ in range(3)]
    cursor = streamed(bridge, "credentials", page_size=2, max_pages=1)[0]["cursor"]
    last = make(bridge, account)["id"]
    rows = streamed(backend.new_bridge(), "credentials", cursor=cursor)[1]
    assert [row["id"] for row in rows] == [first[2], last]


def test_rows_deleted_before_the_cursor_move_none_out_of_sight(backend, bridge, account):
    made = [make(bridge, account)["id"] for _ in range(6)]
    cursor = streamed(bridge, "credentials", page_size=2, max_pages=2)[0]["cursor"]
    bridge.result("credentials.delete", {"nats_credentials_id": made[0]})
    rows = streamed(backend.new_bridge(), "credentials", cursor=cursor)[1]
    assert [row["id"] for row in rows] == made[4:]


# Files


def test_save_to(backend, bridge, account):
    result = make(bridge, account, "mine", save_to="mine.creds")
    text = saved_right(result)
    assert result["saved"]["path"] == str(backend.home / "mine.creds") and claims(text.decode())["nats"]["issuer_account"] == account
    assert backend.change(result) == backend.row(get(bridge, "credentials", result["id"]))


def test_a_file_that_exists_stays_and_nothing_is_made(backend, bridge, account):
    path = backend.home / "mine.creds"
    path.write_text("mine")
    error = bridge.error("credentials.create", {"nats_account_id": account, "name": "c", "save_to": "mine.creds"})
    assert (error["code"], error["data"]["reason"], error["data"]["outcome"]) == (1470, "exists", "none")
    assert path.read_text() == "mine" and ids(bridge, "credentials") == []
    path.chmod(0o600)
    saved_right(make(bridge, account, save_to="mine.creds", overwrite=True))


def test_a_folder_that_is_not_there(bridge, account):
    error = bridge.error("credentials.create", {"nats_account_id": account, "name": "c", "save_to": "nowhere/mine.creds"})
    assert (error["code"], error["data"]["outcome"]) == (1470, "none")
    assert ids(bridge, "credentials") == []


def test_nats_context(backend, bridge, account):
    result = make(bridge, account, nats_context="mine")
    saved_right(result)
    folder = backend.home / "config/nats/context"
    context = json.loads((folder / "mine.json").read_text())
    assert set(context) == {"description", "url", "creds"}
    assert context["url"] == get(bridge, "accounts", account)["endpoint"]
    assert context["creds"] == result["saved"]["path"] == str(folder / "mine.creds")


def test_nats_context_with_a_file_of_one_s_own(backend, bridge, account):
    result = make(bridge, account, nats_context="mine", save_to="mine.creds")
    saved_right(result)
    folder = backend.home / "config/nats/context"
    assert json.loads((folder / "mine.json").read_text())["creds"] == str(backend.home / "mine.creds")
    assert [path.name for path in folder.iterdir()] == ["mine.json"]


# A name as the caller's key


def conflict(error, kind, candidates):
    data = error["data"]
    assert (error["code"], data["kind"], data["outcome"], data["retryable"]) == (1409, kind, "none", False), error
    assert sorted(data["candidates"]) == sorted(candidates)


def test_if_exists_fail(bridge, account):
    other = make_account(bridge)["id"]
    make(bridge, other, "mine")
    first = make(bridge, account, "mine", if_exists="fail")["id"]
    for _ in range(2):
        conflict(bridge.error("credentials.create", {"nats_account_id": account, "name": "mine", "if_exists": "fail"}), "already_exists", [first])
    assert ids(bridge, "credentials", nats_account_id=account) == [first]
    second = make(bridge, account, "mine", if_exists="allow")["id"]
    error = bridge.error("credentials.create", {"nats_account_id": account, "name": "mine", "if_exists": "fail"})
    conflict(error, "already_exists", [first, second])


@pytest.mark.parametrize("name", ["Mine", "mine ", "min", "m\u0131ne"])
def test_if_exists_means_exactly_this_name(bridge, account, name):
    make(bridge, account, "mine")
    make(bridge, account, name, if_exists="fail")
    assert len(ids(bridge, "credentials")) == 2


def test_if_exists_finds_a_name_beyond_the_first_page(bridge, account):
    first = [make(bridge, account, f"n{number}")["id"] for number in range(25)]
    conflict(bridge.error("credentials.create", {"nats_account_id": account, "name": "n0", "if_exists": "fail"}), "already_exists", first[:1])
    conflict(bridge.error("credentials.create", {"nats_account_id": account, "name": "n24", "if_exists": "fail"}), "already_exists", first[24:])


def test_if_exists_replace(bridge, account):
    other = make(bridge, make_account(bridge)["id"], "mine")["id"]
    first = make(bridge, account, "mine", save_to="mine.creds", if_exists="replace")
    old = saved_right(first)
    assert "replaced" not in first or first["replaced"] == []
    second = make(bridge, account, "mine", save_to="mine.creds", if_exists="replace", overwrite=True)
    is_another = saved_right(second) != old
    assert is_another and second["replaced"] == [first["id"]]
    assert ids(bridge, "credentials") == [other, second["id"]]


def test_if_exists_replace_of_several_is_a_conflict(backend, bridge, account):
    both = [make(bridge, account, "mine")["id"] for _ in range(2)]
    params = {"nats_account_id": account, "name": "mine", "save_to": "mine.creds", "if_exists": "replace"}
    conflict(bridge.error("credentials.create", params), "conflict", both)
    assert ids(bridge, "credentials") == both and not (backend.home / "mine.creds").exists()


# Order


def request(id, method, **params):
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params}


def answers(bridge, *requests):
    """All of them in one write; what each was answered, by its id."""
    bridge.send(b"\n".join(json.dumps(each).encode() for each in requests))
    found = [bridge.message() for _ in requests]
    assert all("result" in message for message in found), [masked(message) for message in found if "error" in message]
    return {message["id"]: message["result"] for message in found}


def test_pipelined_requests_see_the_changes_before_them(bridge, account):
    old = make(bridge, account, "old")["id"]
    found = answers(
        bridge,
        request("before", "credentials.list"),
        request("made", "credentials.create", nats_account_id=account, name="new"),
        request("with it", "credentials.list"),
        request("deleted", "credentials.delete", nats_credentials_id=old),
        request("without it", "credentials.list"),
        request("renamed", "accounts.update", nats_account_id=account, name="renamed"),
        request("its name", "accounts.get", nats_account_id=account),
    )  # fmt: skip
    # A read waits for the changes before it, and no change for a read: so each may have seen later ones, too.
    names = {id: [row["name"] for row in found[id]["nats_credentials"]] for id in ("with it", "without it")}
    assert "new" in names["with it"] and names["without it"] == ["new"]
    assert found["its name"]["name"] == "renamed" and found["deleted"]["deleted"] is True


def test_pipelined_changes_are_made_in_their_order(bridge, account):
    names = [f"n{number}" for number in range(30)]
    found = answers(bridge, *(request(name, "credentials.create", nats_account_id=account, name=name) for name in names))
    assert [row["name"] for row in listed(bridge, "credentials")] == names
    assert ids(bridge, "credentials") == [found[name]["id"] for name in names]
    answers(bridge, *(request(name, "accounts.update", nats_account_id=account, name=name) for name in names))
    assert get(bridge, "accounts", account)["name"] == "n29"


def test_an_account_and_all_it_holds_by_one_write_each(bridge):
    found = answers(bridge, *(request(number, "accounts.create", name=f"n{number}") for number in range(5)))
    accounts = [found[number]["id"] for number in range(5)]
    answers(bridge, *(request(number, "credentials.create", nats_account_id=id) for number, id in enumerate(accounts)))
    changes = [request(number, "accounts.delete", nats_account_id=id) for number, id in enumerate(accounts[1:])]
    found = answers(bridge, *changes, request("left", "credentials.list"), request("accounts", "accounts.list"))
    assert [row["nats_account_id"] for row in found["left"]["nats_credentials"]] == accounts[:1]
    assert [row["id"] for row in found["accounts"]["nats_accounts"]] == accounts[:1]
