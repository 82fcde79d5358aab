"""Each line that ends in a comment `wrong` is a mistake that a type checker must find, and no other line."""

from nats_credentials_bridge import AsyncBridge, Bridge, BridgeError, RPCError, Secret

bridge = Bridge()
Bridge(regoin="local")  # wrong
Bridge(timeout="5")  # wrong
bridge.credentials.create("x")  # wrong
bridge.credentials.create(nmae="x")  # wrong
bridge.credentials.create(name=5)  # wrong
bridge.credentials.create(if_exists="maybe")  # wrong
bridge.credentials.list(order_by="size")  # wrong
bridge.credentials.list(page=2)  # wrong
bridge.credentials.get()  # wrong
bridge.credentials.delete(nats_account_id="A")  # wrong
bridge.accounts.update(nats_account_id="A")  # wrong
made = bridge.credentials.create()
made.name = "x"  # wrong
made.saved.path  # wrong
made.nats_context.name  # wrong
bridge.credentials.create(save_to="x.creds").credentials.content  # wrong
bridge.credentials.create(save_to="x.creds").nats_context.name  # wrong
bridge.credentials.create(nats_context="x").credentials.content  # wrong
bridge.credentials.create(name="x", if_exists="replace")  # wrong
made.secret  # wrong
for row in bridge.credentials.list():
    row.endpoint  # wrong
    row.name + 1  # wrong
for page in bridge.accounts.list().pages():
    page.rows[0].checksum  # wrong
text: str = Secret("x")  # wrong
Secret(b"x")  # wrong
len(bridge.credentials.list())  # wrong


def told(error: RPCError, other: BridgeError) -> bool:
    if error.kind == "not_fuond":  # wrong
        return True
    return other.outcome == "nothing"  # wrong


async def main() -> None:
    other = AsyncBridge()
    for row in other.credentials.list():  # wrong
        print(row)
    issued = other.credentials.create()
    issued.id  # wrong
    (await issued).saved.path  # wrong
    with other:  # wrong
        pass
