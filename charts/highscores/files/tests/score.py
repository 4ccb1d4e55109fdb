"""helm test: a score that is posted is applied, and is read back with its rank. Standard library only."""

import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid

POST_SCORE, GET_JOBS, GET_SCORES = (os.environ[name] for name in ("POST_SCORE_URL", "GET_JOBS_URL", "GET_SCORES_URL"))
ADMIN_KEY = os.environ["ADMIN_KEY"]
REQUEST_TIMEOUT_S = 15
WITHIN_S = float(os.environ["WITHIN_SECONDS"])


def call(method, url, body=None):
    headers = {"Authorization": f"Bearer {ADMIN_KEY}", "Idempotency-Key": str(uuid.uuid4())}
    if body is not None:
        headers["Content-Type"] = "application/json"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=REQUEST_TIMEOUT_S) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        sys.exit(f"{method} {url}: {error.code} {error.read().decode(errors='replace')}")
    except OSError as error:
        sys.exit(f"{method} {url}: {error}")


def done(command):
    """Wait until the job of this command has ended; leave with a message unless it is done."""
    until = time.monotonic() + WITHIN_S
    while time.monotonic() < until:
        job = call("GET", f"{GET_JOBS}/v1/jobs/{command['job']}?wait=5")
        if job["status"] == "done":
            return job
        if job["status"] == "rejected":
            sys.exit(f"rejected: {job['error']}")
    sys.exit(f"job {command['job']} was not applied within {WITHIN_S:.0f} s: is a worker running?")


def page(path):
    """Read a page of standings; one that is still being built is asked for again."""
    until = time.monotonic() + WITHIN_S
    while time.monotonic() < until:
        answer = call("GET", GET_SCORES + path)
        if "entries" in answer:
            return answer
        done(answer)
    sys.exit(f"GET {path}: not built within {WITHIN_S:.0f} s")


board = f"helm-test-{uuid.uuid4().hex[:12]}"
rules = {"title": "helm test", "order": "desc", "operator": "best", "periods": ["all"]}
done(call("PUT", f"{POST_SCORE}/v1/admin/boards/{board}", rules))
began = time.monotonic()
scores = [("second", 200), ("third", 100), ("first", 300)]
jobs = [
    call("POST", f"{POST_SCORE}/v1/scores", {"board": board, "player": player, "score": score})
    for player, score in scores
]
for job in jobs:
    done(job)
applied = time.monotonic() - began
ranks = [(entry["rank"], entry["player"], entry["score"]) for entry in page(f"/v1/boards/{board}/standings")["entries"]]
done(call("DELETE", f"{POST_SCORE}/v1/admin/boards/{board}"))
if ranks != [(1, "first", 300), (2, "second", 200), (3, "third", 100)]:
    sys.exit(f"the standings are wrong: {ranks}")
print(f"three scores were applied in {applied:.1f} s and are ranked as they should be")
