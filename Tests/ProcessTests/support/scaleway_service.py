"""A stand-in for Scaleway's API of NATS accounts and credentials: a real HTTP server on loopback, with state, whose answers can be made wrong.

What the service is known to do, it does; where nobody knows, it does what is most likely. It is strict where a right client never goes: what
such a client would not send is kept in `problems`, and the end of the `with` block raises an AssertionError about it."""

import base64
import hashlib
import json
import os
import re
import string
import time
import uuid

import nkeys

# Names of the HTTP side, and of rows and faults, that tests use, so that they need to know one module.
from base64url import encoded, go_json
from certificates import TLS  # noqa: F401
from http_compression import compressed  # noqa: F401
from http_faults import (  # noqa: F401
    answer, carried_out_then, chunked, close, declared, delay, drip, endless_body, endless_headers, raw, redirect, reset, reshape, silence,
    transform,
)  # fmt: skip
from http_proxy import Proxy  # noqa: F401
from scaleway_faults import bare_429, gateway_html, namespace_404, permissions_403  # noqa: F401
from scaleway_http import Recorded, Server  # noqa: F401
from scaleway_refusals import (
    BROKEN, UUID, Refusal, account_id_or_refuse, denied, invalid, missing, name_or_refuse, number, percent_decoded, uuid_or_refuse,
)  # fmt: skip
from scaleway_rows import CREDS, Row, Table, new_seed, public_key, stamp
from secret import Secret

REGIONS = ("fr-par", "nl-ams")
ORDERS = {f"{field}_{way}": (field, way == "desc") for field in ("created_at", "updated_at", "name") for way in ("asc", "desc")}
ROUTE = re.compile(r"/mnq/v1beta1/regions/([^/]*)/(nats-accounts|nats-credentials)(?:/([^/]+))?")
# An encoded character that would be another path, or another request, for whoever decodes it.
LOADED = re.compile(r"%(?![0-9A-Fa-f]{2})|%(2[EeFf35]|3[Ff]|5[Cc]|7[Ff]|[01][0-9A-Fa-f])")
NOT_FOUND = {"message": "Not found"}


class Scaleway(Server):
    def __init__(self, region="fr-par", tls=None):
        super().__init__(tls)
        self.region, self.regions = region, REGIONS
        self.key, self.project = Secret(uuid.uuid4()), str(uuid.uuid4())
        self.access_key = "SCW" + "".join(string.ascii_uppercase[byte % 26] for byte in os.urandom(17))
        self.keys, self.expired_keys = {self.key}, set()
        self.accounts, self.credentials, self.issued = Table(), Table(), {}
        self.max_page_size, self.default_page_size, self.refuse_large_pages = 100, 20, False
        # Seconds that each normal answer takes; the real one's are 0.03 to 0.4.
        self.lag = 0
        # Nanoseconds since 1970.
        self.clock = time.time_ns
        self.allow_problems = False
        self.sorted_rows = {}

    def __exit__(self, kind, error, trace):
        super().__exit__(kind, error, trace)
        if self.problems and not self.allow_problems:
            text = "the stand-in was not used as the service may be:\n" + "\n".join(self.problems[:20])
            if error is None:
                raise AssertionError(text)
            error.add_note(text)

    @property
    def environment(self):
        """For the program under test: what a user of this service sets."""
        return {
            "SCW_SECRET_KEY": self.key, "SCW_ACCESS_KEY": self.access_key, "SCW_DEFAULT_REGION": self.region, "SCW_API_URL": self.url,
            "SCW_DEFAULT_PROJECT_ID": self.project,
        }  # fmt: skip

    # State that a test makes.

    def add_account(self, name="a", **fields):
        """An account that is there already."""
        with self.changed:
            return self.insert(self.accounts, self.account(name, fields))

    def add_credentials(self, account_id, name="c", mint=True, **fields):
        """Credentials that are there already: the row, without the secret. `mint=False` makes no token, which saves a quarter of a
        millisecond; the checksum is then of nothing. Then the account need not exist."""
        with self.changed:
            row, content = self.credential(account_id, name, mint, fields)
            if mint:
                self.issued[row["id"]] = content
            return self.insert(self.credentials, row)

    def add_many(self, account_id, count, name="row-{:05d}", **fields):
        """That many, fast; gives the ids, in order."""
        return [self.add_credentials(account_id, name.format(number), mint=False, **fields)["id"] for number in range(count)]

    def account(self, name, fields):
        seed = new_seed(nkeys.PREFIX_BYTE_ACCOUNT)
        region = fields.get("region", self.region)
        row = Row(
            id=nkeys.from_seed(seed).public_key.decode(), name=name, endpoint=f"nats://nats.mnq.{region}.scaleway.com:4222",
            project_id=self.project, region=region, created_at=None, updated_at=None,
        )  # fmt: skip
        row.region, row.fields = region, fields
        return row

    def credential(self, account_id, name, mint, fields):
        account = self.accounts[account_id] if mint else self.accounts.get(account_id)
        region = fields.get("region", account.region if account else self.region)
        content = self.minted(account, name) if mint else None
        checksum = hashlib.sha1(content.encode()).hexdigest() if mint else os.urandom(20).hex()
        row = Row(
            id=str(uuid.uuid4()), name=name, nats_account_id=account_id, region=region, checksum=checksum, created_at=None, updated_at=None,
            credentials=None,
        )  # fmt: skip
        row.region, row.fields = region, fields
        return row, content

    def insert(self, table, row):
        """Puts a row into its table and gives it; `row.created` and `row.updated` keep what reading cuts off."""
        row.created = self.clock()
        row.updated = row.created + 100
        row.update({"created_at": stamp(row.created, 6), "updated_at": stamp(row.updated, 6), **row.fields})
        table[row["id"]] = row
        self.changed.notify_all()
        return row

    def minted(self, account, name):
        """A .creds text with a token that the account's signing key has signed."""
        if account.signing_seed is None:
            account.signing_seed = new_seed(nkeys.PREFIX_BYTE_ACCOUNT)
        signer, seed = nkeys.from_seed(account.signing_seed), new_seed(nkeys.PREFIX_BYTE_USER)
        user = nkeys.from_seed(seed).public_key.decode()
        claims = {"iat": self.clock() // 1_000_000_000, "iss": signer.public_key.decode(), "name": name, "sub": user}
        jti = base64.b32encode(hashlib.new("sha512_256", go_json(claims)).digest()).rstrip(b"=").decode()
        nats = {"pub": {}, "sub": {}, "subs": -1, "data": -1, "payload": -1, "issuer_account": account["id"], "type": "user", "version": 2}
        payload = go_json({"jti": jti, **claims, "nats": nats})
        token = encoded(b'{"typ":"JWT","alg":"ed25519-nkey"}') + "." + encoded(payload)
        return Secret(CREDS % (token + "." + encoded(signer.sign(token.encode())), seed.decode()))

    def account_of(self, recorded):
        """The account that a request is about, as far as it says so."""
        id = recorded.suffix.split("/")[-1]
        if recorded.suffix.startswith("/nats-accounts/"):
            return id
        with self.changed:
            if id in self.credentials:
                return self.credentials[id]["nats_account_id"]
            for name, value in recorded.query:
                if name == "nats_account_id":
                    return value
            if recorded.body and b"nats_account_id" in recorded.body:
                return recorded.json["nats_account_id"]
            return next(iter(self.accounts), public_key(nkeys.PREFIX_BYTE_ACCOUNT, os.urandom(32)))

    # Answering.

    def route(self, recorded):
        if self.lag:
            self.ending.wait(self.lag)
        try:
            with self.changed:
                status, value = self.carry_out(recorded)
        except Refusal as refusal:
            status, value = refusal.status, refusal.body
        return self.json_answer(recorded, status, value)

    def wrong(self, recorded, what, argument="request"):
        """A request that no right client sends. Its content is not part of the text: it may be a secret."""
        self.problem(f"{recorded.method} {self.masked(recorded.target)}: {what}")
        return invalid(argument, "unknown", what)

    def masked(self, text):
        return ascii(text.replace(self.key, "<the key>"))

    def carry_out(self, recorded):
        self.inspect(recorded)
        found = ROUTE.fullmatch(recorded.path)
        if not found:
            self.wrong(recorded, "unknown route")
            raise Refusal(404, NOT_FOUND)
        region, kind, id = found.groups()
        action = getattr(self, f"{recorded.method.lower()}_{kind[5:]}_{'one' if id else 'all'}", None)
        if action is None:
            self.wrong(recorded, "unknown method")
            raise Refusal(404, NOT_FOUND)
        if recorded.query and (id or recorded.method != "GET"):
            raise self.wrong(recorded, "a query where none belongs")
        self.authenticate(recorded)
        if region not in self.regions:
            raise invalid("region", "constraint", f"value must be in list {list(self.regions)}")
        return action(recorded, region, percent_decoded(id)) if id else action(recorded, region)

    def inspect(self, recorded):
        """What the API has no error for, but a right client never does."""
        tokens = recorded.all("X-Auth-Token")
        if len(tokens) > 1:
            raise self.wrong(recorded, "more than one X-Auth-Token")
        key, access = self.key.encode(), self.access_key.encode()
        if recorded.head.count(key) > (tokens == [self.key]) or key in recorded.body:
            raise self.wrong(recorded, "the secret key elsewhere than in its header")
        if access in recorded.head or access in recorded.body:
            raise self.wrong(recorded, "the access key was sent")
        target = recorded.target
        if not target.startswith("/") or "#" in target or not target.isascii() or not target.isprintable() or "\\" in target:
            raise self.wrong(recorded, "the request target")
        if LOADED.search(recorded.path):
            raise self.wrong(recorded, "percent-encoding in the path")
        if any(part in ("", ".", "..") for part in recorded.path.split("/")[1:]):
            raise self.wrong(recorded, "an empty or a dot segment in the path")

    def authenticate(self, recorded):
        token = recorded.header("X-Auth-Token") or ""
        if not UUID.fullmatch(token):
            raise denied("invalid_argument")
        if token.lower() in self.expired_keys:
            raise denied("expired")
        if token.lower() not in self.keys:
            raise denied("not_found")

    def members(self, recorded, allowed):
        """The members of a body, if it is an object of no other than those."""
        if not (recorded.header("Content-Type") or "").lower().startswith("application/json"):
            raise self.wrong(recorded, "a body that is not called application/json", "body")
        try:
            pairs = json.loads(recorded.body.decode(), object_pairs_hook=Pairs, parse_constant=not_json)
        except ValueError:
            raise self.wrong(recorded, "a body that is not JSON", "body") from None
        if not isinstance(pairs, Pairs):
            raise self.wrong(recorded, "a body that is no JSON object", "body")
        value = dict(pairs)
        if len(value) != len(pairs):
            raise self.wrong(recorded, "a member twice in the body", "body")
        for name, member in value.items():
            if name not in allowed:
                raise self.wrong(recorded, "a member of the body that the API does not have", ascii(name))
            if member is not None and (not isinstance(member, str) or not member.isascii() and re.search("[\ud800-\udfff]", member)):
                raise self.wrong(recorded, "a member of the body that is not text", name)
        return value

    # Lists.

    def listed(self, recorded, region, kind, filters):
        allowed = {"page", "page_size", "order_by", *filters}
        query = dict(recorded.query)
        if len(query) != len(recorded.query) or not query.keys() <= allowed or BROKEN.search(recorded.target):
            raise self.wrong(recorded, "a query parameter that is unknown, there twice, or not well encoded")
        page = number(query, "page", 1, (1 << 31) - 1)
        size = number(query, "page_size", self.default_page_size, (1 << 32) - 1)
        if size > self.max_page_size:
            if self.refuse_large_pages:
                raise invalid("page_size", "constraint", f"value must be inside range [1, {self.max_page_size}]")
            size = self.max_page_size
        order = query.get("order_by", "created_at_asc")
        if order not in ORDERS:
            raise invalid("order_by", "constraint", f"value must be in list {list(ORDERS)}")
        project, account = query.get("project_id"), query.get("nats_account_id")
        if project is not None:
            uuid_or_refuse("project_id", project)
            project = project.lower()
        if account is not None:
            account_id_or_refuse(account)
        rows = self.matching(region, kind, project, account, order)
        part = b",".join([row.json() for row in rows[(page - 1) * size : page * size]])
        return 200, b'{"nats_%s":[%s],"total_count":%d}' % (kind.encode(), part, len(rows))

    def matching(self, region, kind, project, account, order):
        """The rows in their order, kept for the next page as long as nothing changes."""
        version = self.accounts.version, self.credentials.version
        what = region, kind, project, account, order
        if self.sorted_rows.get("version") != version:
            self.sorted_rows = {"version": version}
        if what not in self.sorted_rows:
            if kind == "accounts":
                rows = [row for row in self.accounts.values() if row.region == region and project in (None, row.get("project_id"))]
            else:
                theirs = project and {id for id, row in self.accounts.items() if row.get("project_id") == project}
                rows = [
                    row for row in self.credentials.values()
                    if row.region == region
                    and account in (None, row.get("nats_account_id"))
                    and (not project or row.get("nats_account_id") in theirs)
                ]  # fmt: skip
            field, is_descending = ORDERS[order]
            # A sort in reverse keeps equal rows in the order of their creation, too.
            self.sorted_rows[what] = sorted(rows, key=lambda row: row.get(field) or "", reverse=is_descending)
        return self.sorted_rows[what]

    # The endpoints.

    def get_accounts_all(self, recorded, region):
        return self.listed(recorded, region, "accounts", {"project_id"})

    def get_credentials_all(self, recorded, region):
        return self.listed(recorded, region, "credentials", {"project_id", "nats_account_id"})

    def found_account(self, region, id):
        account_id_or_refuse(id)
        account = self.accounts.get(id)
        if account is None or account.region != region:
            raise missing("namespace", id)
        return account

    def found_credential(self, region, id):
        id = uuid_or_refuse("nats_credentials_id", id).lower()
        credential = self.credentials.get(id)
        if credential is None or credential.region != region:
            raise missing("credentials", id)
        return credential

    def get_accounts_one(self, recorded, region, id):
        return 200, self.found_account(region, id).json()

    def get_credentials_one(self, recorded, region, id):
        return 200, self.found_credential(region, id).json()

    def post_accounts_all(self, recorded, region):
        members = self.members(recorded, {"name", "project_id"})
        name_or_refuse(members.get("name"), 64)
        project = members.get("project_id") or self.project
        uuid_or_refuse("project_id", project)
        row = self.account(members["name"], {"region": region, "project_id": project.lower()})
        return 200, self.insert(self.accounts, row) | {"created_at": stamp(row.created), "updated_at": stamp(row.updated)}

    def post_credentials_all(self, recorded, region):
        members = self.members(recorded, {"name", "nats_account_id"})
        if not members.get("nats_account_id"):
            raise invalid("nats_account_id", "required", "")
        account_id_or_refuse(members["nats_account_id"])
        name_or_refuse(members.get("name"), 500)
        self.found_account(region, members["nats_account_id"])
        row, content = self.credential(members["nats_account_id"], members["name"], True, {"region": region})
        self.insert(self.credentials, row)
        self.issued[row["id"]] = content
        times = {"created_at": stamp(row.created), "updated_at": stamp(row.updated)}
        return 200, row | times | {"credentials": {"name": "user.creds", "content": content}}

    def patch_accounts_one(self, recorded, region, id):
        account = self.found_account(region, id)
        name = self.members(recorded, {"name"}).get("name")
        if name is None:
            return 200, account.json()
        name_or_refuse(name, 64)
        account.updated = self.clock()
        account.update(name=name, updated_at=stamp(account.updated, 6))
        return 200, account | {"updated_at": stamp(account.updated)}

    def delete_accounts_one(self, recorded, region, id):
        self.found_account(region, id)
        del self.accounts[id]
        for credential in [row["id"] for row in self.credentials.values() if row["nats_account_id"] == id]:
            del self.credentials[credential]
        return 204, b""

    def delete_credentials_one(self, recorded, region, id):
        del self.credentials[self.found_credential(region, id)["id"]]
        return 204, b""


class Pairs(list):
    """The members of a JSON object as they came."""


def not_json(_):
    raise ValueError("NaN is not JSON")


def trusting(service, **more):
    """The service's environment, and its authority."""
    return {**service.environment, "SSL_CERT_FILE": service.tls.ca_file, **more}
