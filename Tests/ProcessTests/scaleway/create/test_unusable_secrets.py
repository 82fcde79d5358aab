"""The credential is known, its secret cannot be used: it is deleted again."""

import pytest

from scaleway_calls import says
from scaleway_create import DELETE, DELETES, POST, changed, failed, methods, without
from scaleway_service import answer, carried_out_then, namespace_404, reshape, transform


def secret(change):
    return reshape(lambda row: {**row, "credentials": change(row["credentials"])})


UNUSABLE = {
    "the checksum of something else": changed(checksum="0" * 40),
    "no checksum": without("checksum"),
    "checksum null": changed(checksum=None),
    "a checksum of another kind": changed(checksum="0" * 64),
    "more content": secret(lambda secret: {**secret, "content": secret["content"] + "\n"}),
    "less content": secret(lambda secret: {**secret, "content": secret["content"][:-1]}),
    "other line ends": secret(lambda secret: {**secret, "content": secret["content"].replace("\n", "\r\n")}),
    "no content": secret(lambda secret: {"name": secret["name"]}),
    "content null": secret(lambda secret: {**secret, "content": None}),
    "secret null": changed(credentials=None),
    "secret a text": secret(lambda secret: secret["content"]),
    "no secret": without("credentials"),
    "no file name": secret(lambda secret: {"content": secret["content"]}),
    "a member twice": transform(lambda status, headers, data: (status, headers, data[:-1] + b',"checksum":"x"}')),
}


@pytest.mark.parametrize("params", [{}, {"name": "app"}], ids=str)
@pytest.mark.parametrize("fault", UNUSABLE)
def test_a_credential_of_no_use_is_deleted_by_its_id(bridge, service, account, fault, params):
    """Its id is known: whoever made the name up."""
    service.fail(POST, UNUSABLE[fault])
    says(failed(bridge, account, **params), "bad_response", "none")
    assert not service.credentials and methods(service) == ["POST", "DELETE"]


@pytest.mark.parametrize("fault", ["409", "500"])
def test_a_credential_of_no_use_that_cannot_be_deleted_is_named(bridge, service, account, fault):
    service.fail(POST, changed(credentials=None))
    service.fail(DELETE, DELETES[fault], None)
    data = failed(bridge, account, name="app")
    says(data, "bad_response", "done")
    assert (data["resource"], [data["resource_id"]]) == ("credentials", list(service.credentials))


def test_a_credential_of_no_use_whose_deletion_hears_of_no_such_account(bridge, service, account):
    service.fail(POST, changed(credentials=None))
    service.fail(DELETE, namespace_404())
    says(failed(bridge, account, name="app"), "bad_response", "none")
    assert not service.credentials


@pytest.mark.parametrize("params", [{}, {"name": "app"}], ids=str)
@pytest.mark.parametrize("whose", ["another account's", "another name's"])
def test_an_answer_about_another_credential_deletes_nothing_of_others(bridge, service, account, whose, params):
    """An id in an answer that need not be this request's own says nothing."""
    if whose == "another account's":
        bystander = service.add_credentials(service.add_account("other")["id"])
        row = {**bystander, "credentials": {"name": "user.creds", "content": service.issued[bystander["id"]]}}
    else:
        bystander = row = service.add_credentials(account["id"], "other")
    service.fail(POST, carried_out_then(answer(200, row)))
    data = failed(bridge, account, **params)
    if params:
        assert (data["outcome"], data["candidates"]) == ("unknown", [id for id in service.credentials if id != bystander["id"]])
    else:
        assert (data["outcome"], list(service.credentials)) == ("none", [bystander["id"]])
    assert bystander["id"] in service.credentials
