"""What the scripts share: what they are told, steps with a name, and the person in front of the browser."""

import base64
import contextlib
import html
import json
import os
import re
import sys
import time
import traceback
from urllib.parse import urljoin

import requests


def needed(name):
    value = os.environ.get(name)
    if not value:
        sys.exit(f"{name} is missing from the environment")
    return value


# Without SANDBOX_URL a script leaves Intuit's addresses in its client, and the network has to lead it to the
# sandbox (HTTPS_PROXY, REQUESTS_CA_BUNDLE).
SANDBOX = os.environ.get("SANDBOX_URL")
CLIENT_ID = needed("CLIENT_ID")
CLIENT_SECRET = needed("CLIENT_SECRET")
REDIRECT_URI = needed("REDIRECT_URI")
COMPANY = needed("COMPANY")


def own(name):
    """A name that no other run has used, since a company keeps what a script creates."""
    return f"{name} {os.getpid():x}{time.time_ns():x}"


@contextlib.contextmanager
def step(expectation):
    """One step of a connection's life. Its name says what is expected; a failure ends the script."""
    try:
        yield
    except Exception as problem:
        print(f"FAIL  {expectation}", file=sys.stderr)
        traceback.print_exc()
        answer = getattr(problem, "response", None)
        if answer is not None:
            print(f"answered with {answer.status_code}: {answer.text}", file=sys.stderr)
        sys.exit(1)
    print(f"ok    {expectation}", flush=True)


def refusal(kind, call, *given, **named):
    """The error of a call that has to be refused."""
    try:
        answer = call(*given, **named)
    except kind as problem:
        return problem
    raise AssertionError(f"a refusal was expected, but the answer is {answer!r}")


def equal(found, expected):
    assert found == expected, f"{found!r} instead of {expected!r}"


def claims(jwt):
    """The claims of a JWT, read and not checked."""
    payload = jwt.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def consent(authorize_url):
    """Signs in, chooses the company and presses Connect, as a person does in the pages of the sandbox.

    Returns the address to which the browser is sent.
    """
    browser = requests.Session()
    answer = browse(browser.get, authorize_url)
    for _ in range(10):
        location = answer.headers.get("Location")
        if location and location.startswith(REDIRECT_URI):
            return location
        if location:
            answer = browse(browser.get, urljoin(answer.url, location))
        else:
            answer = submit(browser, answer)
    raise AssertionError("the sign-in never came back to the redirect URI")


def browse(method, url, **more):
    answer = method(url, allow_redirects=False, **more)
    assert answer.status_code < 400, f"the sign-in answered {answer.status_code} at {url}: {answer.text}"
    return answer


def submit(browser, page):
    """Sends a page's form with its hidden fields and with a person's answers to the fields that it shows."""
    action = re.search(r'<form[^>]* action="([^"]+)"', page.text)
    assert action, f"a page without a form: {page.text}"
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    fields = {name: html.unescape(value) for name, value in hidden}
    answers = {"email": "visitor@sandbox.example", "company": COMPANY, "decision": "connect"}
    fields.update((name, value) for name, value in answers.items() if f' name="{name}"' in page.text)
    return browse(browser.post, urljoin(page.url, action[1]), data=fields)
