"""helm test: workers come when there is something to do and go when there is nothing (0 -> n -> 0).

Standard library only. The workers' headless Service has one address for each worker, from its start to the end of its
process: one that is leaving may still apply a score, and then none has to come.
"""

import os
import runpy
import socket
import sys
import time

WORKERS = os.environ["WORKERS"]
IDLE_WITHIN_S = float(os.environ["IDLE_WITHIN_SECONDS"])
SEEN_WITHIN_S = 60  # that a name is not there is remembered by the DNS for a while
POLL_S = 2


def workers():
    try:
        return {address[4] for address in socket.getaddrinfo(WORKERS, 9000, type=socket.SOCK_STREAM)}
    except socket.gaierror as error:
        if error.errno in (socket.EAI_NONAME, socket.EAI_NODATA):
            return set()
        sys.exit(f"looking up {WORKERS}: {error}")


def wait_for(is_wanted, within_s, complaint):
    until = time.monotonic() + within_s
    while not is_wanted(len(workers())):
        if time.monotonic() > until:
            sys.exit(f"{complaint} after {within_s:.0f} s: see `kubectl describe scaledobject`, and KEDA's log")
        time.sleep(POLL_S)


def wait_until_idle():
    wait_for(lambda count: count == 0, IDLE_WITHIN_S, "there were still workers")


wait_until_idle()
print("no worker")
runpy.run_path(os.path.join(os.path.dirname(__file__), "score.py"))
wait_for(lambda count: count > 0, SEEN_WITHIN_S, "scores were applied, and no worker was seen")
print("a worker came")
wait_until_idle()
print("and went")
