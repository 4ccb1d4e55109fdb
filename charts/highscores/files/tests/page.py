"""helm test: the web page, its documentation and what they load are served. Standard library only."""

import os
import re
import sys
import urllib.request

GET_SCORES = os.environ["GET_SCORES_URL"]
REQUEST_TIMEOUT_S = 15


def get(path):
    try:
        with urllib.request.urlopen(GET_SCORES + path, timeout=REQUEST_TIMEOUT_S) as answer:
            return answer.headers, answer.read().decode()
    except OSError as error:
        sys.exit(f"GET {path}: {error}")


loaded = 0
for path in ("/", "/docs"):
    headers, html = get(path)
    if "content-security-policy" not in headers:
        sys.exit(f"GET {path}: no Content-Security-Policy")
    for asset in re.findall(r'(?:src|href)="(/[^"#]+\.(?:js|css|svg))"', html):
        get(asset)
        loaded += 1
if loaded == 0:
    sys.exit("the page loads nothing: is this the page?")
print(f"the page, /docs and {loaded} files that they load are served")
