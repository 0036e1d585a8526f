"""Who asks, and for what: the fuzzer signs in, and every other id that it sends is one that is there."""

import atexit
import collections
import json
import os
import random
import re
import urllib.error
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
    token = None

    def get(self, case, context):
        try:
            Session.token = sign_in()
        except urllib.error.HTTPError:
            # Locked by the wrong passwords that are tried: the sign-in that is there still holds.
            if Session.token is None:
                raise
        return Session.token

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
        subject = item["subject"].split(":")[-1]
        if subject.startswith("p-"):
            found.setdefault("p", []).append(subject)
    stations = ask("/api/v1/stations/nearby?latitude=36&longitude=106.2&within=50000&limit=50", token)["items"]
    names = {
        "programs": {item["program"]: item["forms"] for item in ask("/api/v1/programs", token)["items"]},
        "bundles": [item["digest"] for item in ask("/api/v1/config/proposals", token)["items"]],
        "lines": [item["line"] for item in ask("/api/v1/funds", token)["items"]],
        "unions": [item["code"] for item in ask("/api/v1/organizations?limit=200", token)["items"]],
        "stations": [item["code"] for item in stations],
    }
    return found, names


KNOWN, NAMES = known()
RANDOM = random.Random(int(os.environ.get("SEED", "1")))
ID = re.compile(r"^[a-z]+-[0-9A-Za-z]{2,14}$")
NAME = re.compile(r"^[a-z][a-z0-9_-]{0,63}$")
CODE = re.compile(r"^[0-9A-Za-z][0-9A-Za-z_.-]{0,63}$")
DIGEST = re.compile(r"^[0-9a-f]{8,64}$")


def swap(value, pattern, pool):
    """One that is there in the place of one that only looks so; what is wrong on purpose stays wrong."""
    return RANDOM.choice(pool) if pool and isinstance(value, str) and pattern.match(value) else value


def ids(*prefixes):
    return [one for prefix in prefixes for one in KNOWN.get(prefix, [])]


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if not path_parameters or RANDOM.random() < 0.4:
        return path_parameters
    path = context.operation.path if context.operation else ""
    mapped = dict(path_parameters)
    if "id" in mapped:
        kind = path.split("/")[3]
        if kind == "programs":
            mapped["id"] = swap(mapped["id"], NAME, list(NAMES["programs"]))
        elif kind == "config":
            mapped["id"] = swap(mapped["id"], DIGEST, NAMES["bundles"])
        else:
            prefixes = {
                "cases": ["c"], "decisions": ["d", "c"] if path.endswith("/explanation") else ["d"],
                "runs": ["run"], "batches": ["bat"], "payments": ["pay"], "persons": ["p"],
                "import-batches": ["imp"],
            }.get(kind, [])
            mapped["id"] = swap(mapped["id"], ID, ids(*prefixes))
    if "line" in mapped:
        mapped["line"] = swap(mapped["line"], CODE, NAMES["lines"])
    if "code" in mapped:
        mapped["code"] = swap(mapped["code"], CODE, NAMES["unions"])
    return mapped


def filled(values):
    """Programs with forms of theirs, units, people and stations that are there."""
    if not isinstance(values, dict) or RANDOM.random() < 0.4:
        return values
    mapped = dict(values)
    pools = {
        "program": (NAME, list(NAMES["programs"])), "unit": (CODE, NAMES["unions"]),
        "serving": (CODE, NAMES["unions"]), "organization": (CODE, NAMES["unions"]), "to": (CODE, NAMES["unions"]),
        "under": (CODE, NAMES["unions"]), "station": (CODE, NAMES["stations"]), "person": (ID, ids("p")),
        "applicant": (ID, ids("p")), "case": (ID, ids("c")),
    }
    for name, (pattern, pool) in pools.items():
        # A day is called `to` as well.
        if name in mapped and not re.match(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", str(mapped[name])):
            mapped[name] = swap(mapped[name], pattern, pool)
    program = mapped.get("program")
    forms = NAMES["programs"].get(program) if isinstance(program, str) else None
    if forms and "form" in mapped:
        mapped["form"] = swap(mapped["form"], NAME, forms)
    return mapped


@schemathesis.hook
def map_body(context, body):
    return filled(body)


@schemathesis.hook
def map_query(context, query):
    return filled(query)


COUNTS = collections.Counter()
OPERATIONS = collections.defaultdict(collections.Counter)


@schemathesis.hook
def after_call(context, case, response):
    COUNTS[str(response.status_code)] += 1
    OPERATIONS[case.operation.definition.raw.get("operationId", case.operation.label)][str(response.status_code)] += 1


@atexit.register
def tell():
    if "COUNTS" in os.environ:
        with open(os.environ["COUNTS"], "w") as file:
            json.dump({"statuses": COUNTS, "operations": OPERATIONS}, file)
