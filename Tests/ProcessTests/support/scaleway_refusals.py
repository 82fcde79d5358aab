"""How the stand-in for Scaleway's API refuses a request."""

import re

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)


class Refusal(Exception):
    """An answer other than 2xx."""

    def __init__(self, status, body):
        self.status, self.body = status, body


def invalid(argument, reason, help_message):
    detail = {"argument_name": argument, "help_message": help_message, "reason": reason}
    return Refusal(400, {"details": [detail], "message": "invalid argument(s)", "type": "invalid_arguments"})


def missing(resource, id):
    return Refusal(404, {"message": "resource is not found", "resource": resource, "resource_id": id, "type": "not_found"})


def denied(reason):
    return Refusal(401, {"message": "authentication is denied", "method": "api_key", "reason": reason, "type": "denied_authentication"})


BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")


def percent_decoded(text):
    """Only what is harmless comes here."""
    return re.sub("(?:%[0-9A-Fa-f]{2})+", lambda run: bytes.fromhex(run[0].replace("%", "")).decode("utf-8", "replace"), text)


def number(query, name, default, most):
    text = query.get(name)
    if text is None:
        return default
    if not re.fullmatch("[0-9]{1,10}", text) or not 1 <= int(text) <= most:
        raise invalid(name, "constraint", f"value must be inside range [1, {most}]")
    return int(text)


def uuid_or_refuse(argument, text):
    if not UUID.fullmatch(text):
        raise invalid(argument, "format", "value must be a valid UUID")
    return text


def account_id_or_refuse(text):
    if len(text) != 56:
        raise invalid("nats_account_id", "constraint", "value length must be 56 runes")


def name_or_refuse(text, most):
    if not 1 <= len(text or "") <= most:
        raise invalid("name", "constraint", f"value length must be between 1 and {most} runes, inclusive")
