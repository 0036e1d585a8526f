"""Runs schemathesis against the served document: every operation with every check, then signing out by itself."""

import os
import subprocess
import sys

program, examples, seed = sys.argv[1:4]
work, host = os.environ["WORK"], os.environ["HOST"]
here = os.path.dirname(os.path.abspath(__file__))


def run(name, *options, fresh=False):
    environment = dict(os.environ, SCHEMATHESIS_HOOKS=os.path.join(here, "hooks.py"), SEED=seed)
    if fresh:
        environment["FRESH_SESSIONS"] = "1"
    command = [
        program, "--config-file", os.path.join(here, "schemathesis.toml"), "run", host + "/api/v1/openapi.json",
        "--checks", "all", "--max-examples", examples, "--seed", seed, "--continue-on-failure",
        "--report", "ndjson,junit", "--report-ndjson-path", f"{work}/{name}.ndjson",
        "--report-junit-path", f"{work}/{name}.xml", "--suppress-health-check", "all", *options,
    ]
    with open(f"{work}/{name}.txt", "w") as out:
        status = subprocess.run(command, env=environment, stdout=out, stderr=subprocess.STDOUT, cwd=work).returncode
    with open(f"{work}/{name}.txt") as out:
        print(out.read()[-6000:])
    return status


status = run("all", "--exclude-operation-id", "accountLogout")
status |= run("logout", "--include-operation-id", "accountLogout", "--phases", "examples,coverage,fuzzing", fresh=True)
sys.exit(1 if status else 0)
