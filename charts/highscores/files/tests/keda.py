"""helm test: workers come when there is something to do and go when there is nothing (0 -> n -> 0).

Standard library only. The workers' headless Service has one address for each worker that is ready.
"""

import os
import runpy
import socket
import sys
import time

WORKERS = os.environ["WORKERS"]
IDLE_WITHIN_S = float(os.environ["IDLE_WITHIN_SECONDS"])
POLL_S = 2


def workers():
    try:
        return {address[4] for address in socket.getaddrinfo(WORKERS, 9000, type=socket.SOCK_STREAM)}
    except socket.gaierror as error:
        if error.errno in (socket.EAI_NONAME, socket.EAI_NODATA):
            return set()
        sys.exit(f"looking up {WORKERS}: {error}")


def wait_until_idle():
    until = time.monotonic() + IDLE_WITHIN_S
    while time.monotonic() < until:
        if not workers():
            return
        time.sleep(POLL_S)
    sys.exit(
        f"there were still workers after {IDLE_WITHIN_S:.0f} s: see `kubectl describe scaledobject`, and KEDA's log"
    )


wait_until_idle()
print("no worker")
runpy.run_path(os.path.join(os.path.dirname(__file__), "score.py"))
while not workers():  # the name's absence is cached for a while; the Pod's own deadline ends this
    time.sleep(POLL_S)
print("a worker came")
wait_until_idle()
print("and went")
