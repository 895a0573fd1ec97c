"""PyPI `python-quickbooks`, as published, through the life of a connection.

Its API addresses are class attributes; its sign-in is that of `intuit-oauth` in the version which it asks for.
"""

import datetime
import json
import os
from urllib.parse import parse_qs, urlsplit

from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError
from quickbooks import QuickBooks
from quickbooks.batch import batch_create, batch_update
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import AuthorizationException, ObjectNotFoundException, QuickbooksException, ValidationException
from quickbooks.objects import (
    Account, Class, CompanyInfo, Customer, Department, EmailAddress, Item, PaymentMethod, Preferences, TaxAgency,
    TaxCode, TaxRate, Term, Vendor,
)
from quickbooks.objects.companycurrency import CompanyCurrency

from steps import CLIENT_ID, CLIENT_SECRET, COMPANY, REDIRECT_URI, SANDBOX, consent, equal, own, refusal, step

PAGE = 10
LISTS = [
    Customer, Vendor, Account, Item, TaxCode, TaxRate, TaxAgency, Term, PaymentMethod, Class, Department, CompanyCurrency,
]

if SANDBOX:
    # What `requests-oauthlib`, over which the client calls the API, wants to be told before it speaks plain HTTP.
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    QuickBooks.sandbox_api_url_v3 = QuickBooks.api_url_v3 = f"{SANDBOX}/v3"


def listed(kind):
    """All records of a list, page by page."""
    found, start = [], 1
    while True:
        page = kind.all(order_by="Id", start_position=start, max_results=PAGE, qb=books)
        found += page
        if len(page) < PAGE:
            return found
        start += PAGE


with step("a person connects and the code is exchanged"):
    environment = f"{SANDBOX}/.well-known/openid_sandbox_configuration/" if SANDBOX else "sandbox"
    intuit = AuthClient(CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, environment)
    callback = parse_qs(urlsplit(consent(intuit.get_authorization_url([Scopes.ACCOUNTING]))).query)
    intuit.get_bearer_token(callback["code"][0], realm_id=callback["realmId"][0])
    equal(intuit.realm_id, COMPANY)

with step("a client that is given a refresh token alone refreshes when it is made"):
    later = AuthClient(CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, environment)
    books = QuickBooks(
        auth_client=later, refresh_token=intuit.refresh_token, company_id=intuit.realm_id, minorversion=75
    )
    equal(books.refresh_token, later.refresh_token)

with step("the company and its preferences are read"):
    assert CompanyInfo.get(COMPANY, qb=books).CompanyName
    equal(len(CompanyInfo.all(qb=books)), 1)
    assert Preferences.get(qb=books).CurrencyPrefs.HomeCurrency.value

for kind in LISTS:
    with step(f"{kind.qbo_object_name}: pages of {PAGE} bring as many as are counted, each once"):
        records = listed(kind)
        equal(len(records), kind.count(qb=books))
        equal(len({record.Id for record in records}), len(records))

with step("no match is an empty list, and a count of none is 0"):
    equal(Customer.filter(DisplayName="Nobody at all", qb=books), [])
    equal(Customer.count("DisplayName = 'Nobody at all'", qb=books), 0)

with step("a customer is created with all the empty fields that the client sends, once for one requestid"):
    customer = Customer()
    name, once = own("Tove's Tiles"), own("tiles")
    customer.DisplayName = name
    customer.PrimaryEmailAddr = EmailAddress()
    customer.PrimaryEmailAddr.Address = "tove@tiles.example"
    first = customer.save(qb=books, request_id=once)
    equal(first.SyncToken, "0")
    customer.Id = None
    equal(customer.save(qb=books, request_id=once).Id, first.Id)
    read = Customer.get(first.Id, qb=books)
    equal((read.DisplayName, read.PrimaryEmailAddr.Address, read.CompanyName), (name, "tove@tiles.example", ""))

with step("apostrophes, IN, both spellings of the order, and a page are understood"):
    equal([found.Id for found in Customer.filter(DisplayName=name, Active=True, qb=books)], [first.Id])
    equal([found.Id for found in Customer.choose([name, "Nobody"], field="DisplayName", qb=books)], [first.Id])
    names = [found.DisplayName for found in Customer.where("Active IN (true, false)", order_by="DisplayName DESC", qb=books)]
    equal(names, sorted(names, key=str.lower, reverse=True))
    equal(len(Customer.all(order_by="DisplayName", start_position=2, max_results=3, qb=books)), 3)

with step("a full update of the whole object takes the next SyncToken"):
    read.CompanyName = "Tiles"
    updated = read.save(qb=books)
    equal((updated.SyncToken, updated.CompanyName), ("1", "Tiles"))

with step("a sparse update keeps what it does not name"):
    sparse = {"Id": first.Id, "SyncToken": "1", "sparse": True, "Notes": "Pays late"}
    answer = books.update_object("Customer", json.dumps(sparse))["Customer"]
    equal((answer["SyncToken"], answer["CompanyName"], answer["Notes"]), ("2", "Tiles", "Pays late"))

with step("stale is 5010, a taken name 6240, missing 610, a property that is not there 4001"):
    equal(refusal(QuickbooksException, updated.save, qb=books).error_code, 5010)
    twin = Customer()
    twin.DisplayName = Vendor.all(max_results=1, qb=books)[0].DisplayName
    equal(refusal(QuickbooksException, twin.save, qb=books).error_code, 6240)
    equal(refusal(ObjectNotFoundException, Customer.get, 987654321, qb=books).error_code, 610)
    equal(refusal(ValidationException, Customer.where, "Nothing = '1'", qb=books).error_code, 4001)

with step("a batch of more than thirty is sent in parts and answered item by item, faults among them"):
    vendors, batch = [], own("Batch of Python")
    for number in range(34):
        vendor = Vendor()
        vendor.DisplayName = f"{batch} {number // 2 if number > 31 else number}"
        vendors.append(vendor)
    made = batch_create(vendors, qb=books)
    equal((len(made.successes), len(made.faults)), (32, 2))
    equal({fault.Error[0].code for fault in made.faults}, {"6240"})
    for vendor in made.successes[:2]:
        vendor.CompanyName = "Changed by batch"
    changed = batch_update(made.successes[:2], qb=books)
    equal([vendor.SyncToken for vendor in changed.successes], ["1", "1"])

with step("change data capture brings what changed since a time without an offset"):
    since = datetime.datetime.now() - datetime.timedelta(hours=20)
    changes = change_data_capture([Customer, Vendor, Term], since, qb=books)
    assert first.Id in [changed.Id for changed in changes.Customer]
    equal(len([changed for changed in changes.Vendor if changed.DisplayName.startswith(batch)]), 32)
    assert not hasattr(changes, "Term"), "an entity without changes is an empty object"

with step("a deactivated customer is hidden until Active is asked for"):
    gone = Customer.get(first.Id, qb=books)
    gone.Active = False
    gone = gone.save(qb=books)
    assert gone.DisplayName.endswith(" (deleted)"), gone.DisplayName
    equal(Customer.filter(Id=first.Id, qb=books), [])
    equal(len(Customer.where(f"Id = '{first.Id}' AND Active = false", qb=books)), 1)

with step("revoking ends the client's session and its refresh token"):
    later.revoke()
    refusal(AuthorizationException, CompanyInfo.get, COMPANY, qb=books)
    equal(refusal(AuthClientError, later.refresh).response.json()["error"], "invalid_grant")
