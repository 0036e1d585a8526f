"""Runs schemathesis against the served document: every operation with every check, signing out and in by themselves."""

import os
import subprocess
import sys

program, examples, seed = sys.argv[1:4]
work, host = os.environ["WORK"], os.environ["HOST"]
here = os.path.dirname(os.path.abspath(__file__))


def run(name, *options, fresh=False):
    environment = dict(os.environ, SCHEMATHESIS_HOOKS=os.path.join(here, "hooks.py"), SEED=seed,
                       COUNTS=f"{work}/{name}.json")
    if fresh:
        environment["FRESH_SESSIONS"] = "1"
    command = [
        program, "--config-file", os.path.join(here, "schemathesis.toml"), "run", host + "/api/v1/openapi.json",
        "--checks", "all", "--max-examples", examples, "--seed", seed, "--continue-on-failure",
        "--report", "junit", "--report-junit-path", f"{work}/{name}.xml", "--suppress-health-check", "all", *options,
    ]
    with open(f"{work}/{name}.txt", "w") as out:
        status = subprocess.run(command, env=environment, stdout=out, stderr=subprocess.STDOUT, cwd=work).returncode
    with open(f"{work}/{name}.txt") as out:
        print(out.read()[-6000:])
    return status


# Signing out ends the session that asks, and wrong passwords lock the account: each by itself, the locks last.
LOCKING = ("accountPassword", "accountTotpEnrol", "accountTotpConfirm", "accountTotpRemove", "accountLogin")


def each(option, *names):
    return [word for name in names for word in (option, name)]


status = run("all", *each("--exclude-operation-id", "accountLogout", *LOCKING))
alone = ("--phases", "examples,coverage,fuzzing")
status |= run("logout", "--include-operation-id", "accountLogout", *alone, fresh=True)
status |= run("login", *each("--include-operation-id", *LOCKING), *alone)
sys.exit(1 if status else 0)
