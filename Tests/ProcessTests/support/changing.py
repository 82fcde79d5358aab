"""The three ways in which a credential is taken away, as one: what tests of what is enforced are run with."""

from revoking import create


class Removal:
    """Takes `victim` away through a bridge, and tells whether the answer said that it is gone."""

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return self.name

    def prepare(self, here, bridge):
        here.id, here.creds = create(bridge, "victim", nats_account_id=here.account)

    def answer(self, here, bridge):
        if self.name == "delete":
            return bridge.call("credentials.delete", {"nats_credentials_id": here.id})
        if self.name == "delete the account":
            return bridge.call("accounts.delete", {"nats_account_id": here.account})
        params = {"nats_account_id": here.account, "name": "victim", "if_exists": "replace", "overwrite": True}
        return bridge.call("credentials.create", {**params, "save_to": str(here.folder / "new.creds")})

    def says_it_is_gone(self, here, bridge):
        answer = self.answer(here, bridge)
        if "error" in answer:
            assert answer["error"]["data"]["kind"] == "revocation_pending", answer
            return False
        result = answer["result"]
        if self.name == "replace":
            assert set(result.get("replaced", []) + result.get("not_deleted", [])) == {here.id}
            return here.id in result.get("replaced", [])
        assert result["deleted"] is True
        return True


REMOVALS = [Removal(name) for name in ("delete", "delete the account", "replace")]
