"""`intuitlib.migration` of PyPI `intuit-oauth`, as published, moves a connection from OAuth 1.0a to OAuth 2.0.

Its addresses are a dictionary of its settings, read when a connection is moved.
"""

from intuitlib.client import AuthClient
from intuitlib.config import MIGRATION_URL
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError
from intuitlib.migration import migrate

from steps import CLIENT_ID, CLIENT_SECRET, COMPANY, REDIRECT_URI, SANDBOX, equal, needed, refusal, step

KEY, SECRET = needed("CONSUMER_KEY"), needed("CONSUMER_SECRET")
TOKEN, TOKEN_SECRET = needed("OAUTH_TOKEN"), needed("OAUTH_TOKEN_SECRET")
API = SANDBOX or "https://sandbox-quickbooks.api.intuit.com"
SCOPES = [Scopes.ACCOUNTING]

if SANDBOX:
    MIGRATION_URL["sandbox"] = f"{SANDBOX}/v2/oauth2/tokens/migrate"

intuit = AuthClient(CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, "sandbox") if not SANDBOX else AuthClient(
    CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, f"{SANDBOX}/.well-known/openid_sandbox_configuration/"
)

with step("a wrong secret of the consumer is refused, and uses nothing up"):
    problem = refusal(AuthClientError, migrate, KEY, "wrong", TOKEN, TOKEN_SECRET, intuit, SCOPES)
    equal(problem.status_code, 401)

with step("a wrong secret of the token is refused, and uses nothing up"):
    problem = refusal(AuthClientError, migrate, KEY, SECRET, TOKEN, "wrong", intuit, SCOPES)
    equal(problem.status_code, 401)

with step("the connection is moved, and the answer names its company"):
    migrate(KEY, SECRET, TOKEN, TOKEN_SECRET, intuit, SCOPES)
    equal(intuit.realmId, COMPANY)
    equal(intuit.expires_in, 3600)

with step("the tokens open that company, and can be refreshed"):
    for _ in range(2):
        address = f"{API}/v3/company/{COMPANY}/companyinfo/{COMPANY}?minorversion=75"
        headers = {"Authorization": f"Bearer {intuit.access_token}", "Accept": "application/json"}
        equal(intuit.get(address, headers=headers).status_code, 200)
        intuit.refresh()

with step("a second time is 500 without a text, as at Intuit"):
    problem = refusal(AuthClientError, migrate, KEY, SECRET, TOKEN, TOKEN_SECRET, intuit, SCOPES)
    equal((problem.status_code, problem.content), (500, b""))
