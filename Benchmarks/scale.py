"""What a run costs a member as cities grow, what it keeps in memory, when a preview first says something, and what fifty open
programs cost in one sweep: scale.py BASE_FOLDER MEMBERS... (called by run-scale.sh, which makes the cities)."""

import os
import resource
import shutil
import subprocess
import sys
import threading
import time

NIANGJIA, BENCH = os.environ["NIANGJIA"], os.environ["BENCH"]
AS_OF = ["--as-of", "2026-07-01", "--as", "office"]


def tree(pid):
    """A process and all that descend from it."""
    found, open_ = [], [pid]
    while open_:
        at = open_.pop()
        found.append(at)
        try:
            for task in os.listdir(f"/proc/{at}/task"):
                open_ += [int(c) for c in open(f"/proc/{at}/task/{task}/children").read().split()]
        except OSError:
            pass
    return found


def pss(pid):
    total = 0
    for one in tree(pid):
        try:
            for line in open(f"/proc/{one}/smaps_rollup"):
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except OSError:
            pass
    return total


def run(arguments, sample=False, progress=False):
    """Wall and processor seconds of a command with its children, the most PSS in KiB, when it first told of progress and of how many."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    environment = dict(os.environ, **({"PROGRESS": "1"} if progress else {}))
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment)
    most = [0]

    def watch():
        while process.poll() is None:
            most[0] = max(most[0], pss(process.pid))
            time.sleep(0.02)

    if sample:
        threading.Thread(target=watch, daemon=True).start()
    first, done, said = None, 0, []
    for line in process.stderr:
        said.append(line)
        # The first numbers: a line of progress that says how many are granted.
        if first is None and progress and len(line.split()) >= 3 and line.split()[2] != "0":
            first, done = time.monotonic() - start, int(line.split()[1])
    process.wait()
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        sys.exit("".join(said) + f"\n{arguments} failed")
    cpu = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    return wall, cpu, most[0], (first, done)


def main():
    base, sizes = sys.argv[1], [int(n) for n in sys.argv[2:]]
    work = base + "-work"
    rounds = int(os.environ.get("ROUNDS", "3"))

    def fresh(n):
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(f"{base}-{n}", work)
        shutil.copy(f"{base}-{n}.keys", work + ".keys")

    def median(values):
        return sorted(values)[len(values) // 2]

    results = {n: {"decide": [], "preview": [], "pss": [], "rss": [], "first": [], "done": []} for n in sizes}
    for _ in range(rounds):
        for n in sizes:
            fresh(n)
            wall, cpu, _, (first, done) = run([BENCH, "preview", work, "5"], progress=True)
            results[n]["first"].append((first or wall) / wall)
            results[n]["done"].append((done or n) / n)
            results[n]["preview"].append(run([NIANGJIA, "program", "preview", "cooling-5", "--data", work, "--json"] + AS_OF)[1])
            results[n]["decide"].append(run([NIANGJIA, "program", "decide", "cooling-5", "--data", work, "--json"] + AS_OF)[1])
            # Memory is sampled in a run of its own: the sampling costs processor time.
            fresh(n)
            results[n]["pss"].append(
                max(
                    run([NIANGJIA, "program", what, "cooling-5", "--data", work, "--json"] + AS_OF, sample=True)[2]
                    for what in ("preview", "decide")))
    for n in sizes:
        r = results[n]
        print(
            f"size n={n} decide_us={median(r['decide']) / n * 1e6:.2f} preview_us={median(r['preview']) / n * 1e6:.2f}"
            f" pss_kib={median(r['pss'])} first={median(r['first']) * 100:.1f} done={median(r['done']) * 100:.1f}")
    n = 100_000 if 100_000 in sizes else sizes[0]
    fresh(n)
    single = median([run([NIANGJIA, "program", "preview", "cooling-5", "--data", work, "--json"] + AS_OF)[1] for _ in range(rounds)])
    text = open(work + "/config/programs/cooling-5.yaml").read()
    for extra in range(2, 50):
        copy = text.replace("program: cooling-5", f"program: cooling-5-{extra}").replace("series: cooling-5", f"series: cooling-5-{extra}")
        open(f"{work}/config/programs/cooling-5-{extra}.yaml", "w").write(copy)
    run([NIANGJIA, "config", "propose", "--as", "office", "--data", work])
    sweep = median([run([NIANGJIA, "program", "preview", "--all", "--data", work, "--json"] + AS_OF)[1] for _ in range(rounds)])
    print(f"sweep n={n} programs=50 cpu={sweep:.2f} parts={single * 50:.2f} ratio={sweep / (single * 50):.2f}")
    shutil.rmtree(work, ignore_errors=True)


main()
