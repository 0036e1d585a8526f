"""Who asks, and for what: the fuzzer signs in, and every other id that it sends is one that is there."""

import json
import os
import random
import urllib.request

import schemathesis

HOST = os.environ["HOST"]
ACCOUNT = os.environ.get("ACCOUNT", "everybody")


def ask(path, token=None, body=None):
    request = urllib.request.Request(HOST + path, data=json.dumps(body).encode() if body else None)
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def sign_in():
    return ask("/api/v1/sessions", body={"account": ACCOUNT, "password": os.environ["NIANGJIA_PASSWORD"]})["token"]


# A new session for each call where the session itself is what is tried.
@schemathesis.auth(refresh_interval=None if os.environ.get("FRESH_SESSIONS") else 600)
class Session:
    def get(self, case, context):
        return sign_in()

    def set(self, case, data, context):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


def known():
    """Ids of what the city holds, by prefix."""
    token = sign_in()
    found = {}

    def add(path, *names):
        for item in ask(path, token)["items"]:
            for name in names:
                if isinstance(item.get(name), str) and "-" in item[name]:
                    found.setdefault(item[name].split("-")[0], []).append(item[name])

    add("/api/v1/cases?limit=100", "case")
    add("/api/v1/decisions?limit=100", "decision", "case", "run")
    add("/api/v1/batches", "batch")
    add("/api/v1/import-batches", "import")
    add("/api/v1/organizations", "id")
    for batch in list(found.get("bat", [])):
        for line in ask(f"/api/v1/batches/{batch}", token)["lines"]:
            found.setdefault("pay", []).append(line["payment"])
    for item in ask("/api/v1/decisions?limit=200", token)["items"]:
        if item["subject"].startswith("person:"):
            found.setdefault("p", []).append(item["subject"].split(":")[1])
    programs = [item["program"] for item in ask("/api/v1/programs", token)["items"]]
    bundles = [item["digest"] for item in ask("/api/v1/config/proposals", token)["bundles"]]
    lines = [item["line"] for item in ask("/api/v1/funds", token)["items"]]
    return found, programs, bundles, lines


KNOWN, PROGRAMS, BUNDLES, LINES = known()
RANDOM = random.Random(int(os.environ.get("SEED", "1")))


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if not path_parameters or RANDOM.random() < 0.4:
        return path_parameters
    path = context.operation.path if context.operation else ""
    mapped = dict(path_parameters)
    if "id" in mapped:
        if path.startswith("/api/v1/programs/"):
            mapped["id"] = RANDOM.choice(PROGRAMS)
        elif path.startswith("/api/v1/config/"):
            mapped["id"] = RANDOM.choice(BUNDLES)[: RANDOM.choice([8, 12, 64])]
        else:
            prefixes = {
                "cases": ["c"], "decisions": ["d", "c"] if path.endswith("/explanation") else ["d"], "runs": ["run"], "batches": ["bat"], "payments": ["pay"],
                "persons": ["p"], "import-batches": ["imp"],
            }.get(path.split("/")[3], [])
            pool = [one for prefix in prefixes for one in KNOWN.get(prefix, [])]
            if pool:
                mapped["id"] = RANDOM.choice(pool)
    if "line" in mapped:
        mapped["line"] = RANDOM.choice(LINES)
    return mapped
