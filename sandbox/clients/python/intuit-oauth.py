"""PyPI `intuit-oauth`, as published, through the life of a connection.

Its addresses come from the discovery document, and the document's own address is a setting: an environment
that is neither `sandbox` nor `production` is taken for that address.
"""

from urllib.parse import parse_qs, urlsplit

from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError
from intuitlib.utils import validate_id_token

from steps import CLIENT_ID, CLIENT_SECRET, COMPANY, REDIRECT_URI, SANDBOX, claims, consent, equal, refusal, step

ENVIRONMENT = f"{SANDBOX}/.well-known/openid_sandbox_configuration/" if SANDBOX else "sandbox"
API = SANDBOX or "https://sandbox-quickbooks.api.intuit.com"
SCOPES = [Scopes.ACCOUNTING, Scopes.OPENID, Scopes.PROFILE, Scopes.EMAIL, Scopes.PHONE, Scopes.ADDRESS]


def connect(client):
    """Goes through the sign-in and returns the fields of the callback."""
    callback = consent(client.get_authorization_url(SCOPES, state_token="kept-by-the-app"))
    return {name: values[0] for name, values in parse_qs(urlsplit(callback).query).items()}


def company(client, token):
    """The company, read with an access token through the client's own session, as Intuit's sample does."""
    address = f"{API}/v3/company/{COMPANY}/companyinfo/{COMPANY}?minorversion=75"
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    return client.get(address, headers=headers)


with step("the discovery document has what the client takes from it"):
    intuit = AuthClient(CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, ENVIRONMENT)
    equal(intuit.issuer_uri, "https://oauth.platform.intuit.com/op/v1")
    if SANDBOX:
        assert intuit.token_endpoint.startswith(SANDBOX), intuit.token_endpoint

with step("a person connects, and code, state and realmId come back"):
    callback = connect(intuit)
    equal(callback["state"], intuit.state_token)
    equal(callback["realmId"], COMPANY)

with step("a code is exchanged for tokens with Intuit's lifetimes"):
    intuit.include_refresh_token_hard_expires_in = True
    intuit.get_bearer_token(callback["code"], realm_id=callback["realmId"])
    equal(intuit.expires_in, 3600)
    equal(intuit.x_refresh_token_expires_in, 8_726_400)
    assert intuit.x_refresh_token_hard_expires_in > 157_000_000, "five years, since the header asks for it"
    equal(intuit.realm_id, COMPANY)

with step("the client kept the id_token, which it does only when its check has passed"):
    assert intuit.id_token, "the id_token was not valid in the eyes of the client"
    says = claims(intuit.id_token)
    equal(says["aud"], [CLIENT_ID])
    equal(says["realmid"], COMPANY)

with step("an id_token with another signature, or for another app, does not pass its check"):
    head, payload, signature = intuit.id_token.split(".")
    bent = ".".join([head, payload, signature[::-1]])
    equal(validate_id_token(bent, CLIENT_ID, intuit.issuer_uri, intuit.jwks_uri), False)
    equal(validate_id_token(intuit.id_token, "another-app", intuit.issuer_uri, intuit.jwks_uri), False)

with step("userinfo tells, in camel case, who signed in, and none of its names is one of the client's"):
    before = dict(vars(intuit))
    info = intuit.get_user_info().json()
    equal(info["sub"], claims(intuit.id_token)["sub"])
    equal(info["email"], "visitor@sandbox.example")
    equal(info["emailVerified"], True)
    assert info["givenName"] and info["phoneNumber"] and info["address"]["postalCode"]
    equal([name for name in info if name in before], [])

with step("the API answers with the company's facts and an intuit_tid"):
    answer = company(intuit, intuit.access_token)
    equal(answer.status_code, 200)
    assert answer.json()["CompanyInfo"]["CompanyName"] and answer.headers["intuit_tid"]

with step("a refresh brings a pair that works"):
    intuit.refresh()
    equal(company(intuit, intuit.access_token).status_code, 200)

with step("an error carries the status, the body and the intuit_tid"):
    problem = refusal(AuthClientError, intuit.refresh, refresh_token="AB11-made-up")
    equal(problem.status_code, 400)
    equal(problem.response.json()["error"], "invalid_grant")
    assert problem.intuit_tid

with step("revoking ends access token and refresh token, and is done once"):
    equal(intuit.revoke(), True)
    equal(company(intuit, intuit.access_token).status_code, 401)
    equal(refusal(AuthClientError, intuit.get_user_info).status_code, 401)
    equal(refusal(AuthClientError, intuit.refresh).response.json()["error"], "invalid_grant")
    again = refusal(AuthClientError, intuit.revoke)
    equal((again.status_code, again.content), (400, b""))

with step("a code that comes twice is refused and ends what the first exchange brought"):
    code = connect(intuit)["code"]
    intuit.get_bearer_token(code)
    problem = refusal(AuthClientError, intuit.get_bearer_token, code)
    equal((problem.status_code, problem.response.json()["error"]), (400, "invalid_grant"))
    equal(company(intuit, intuit.access_token).status_code, 401)

with step("OpenID scopes alone need no company, and nothing of the company comes back"):
    alone = consent(intuit.get_authorization_url([Scopes.OPENID, Scopes.EMAIL]))
    fields = parse_qs(urlsplit(alone).query)
    assert "realmId" not in fields, fields
    intuit.id_token = None
    intuit.get_bearer_token(fields["code"][0])
    assert intuit.id_token and "realmid" not in claims(intuit.id_token)
    equal(company(intuit, intuit.access_token).status_code, 403)

with step("a wrong secret is invalid_client"):
    intuit.client_secret = "not-the-secret"
    problem = refusal(AuthClientError, intuit.refresh, refresh_token="AB11-made-up")
    equal((problem.status_code, problem.response.json()["error"]), (401, "invalid_client"))
