// npm `node-quickbooks`, as published, through the life of a connection.
//
// Its addresses are static fields of its class. It has no sign-in of its own, so that the first pair of
// tokens comes by `intuit-oauth`, with which it is commonly used.

import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import OAuthClient from 'intuit-oauth';
import QuickBooks from 'node-quickbooks';
import { consent, own, refusal, step, told } from './steps.mjs';

const PAGE = 10;
/** The lists, as the client's methods name them, and as an answer does. */
const FINDERS = {
  findCustomers: 'Customer',
  findVendors: 'Vendor',
  findAccounts: 'Account',
  findItems: 'Item',
  findTaxCodes: 'TaxCode',
  findTaxRates: 'TaxRate',
  findTaxAgencies: 'TaxAgency',
  findTerms: 'Term',
  findPaymentMethods: 'PaymentMethod',
  findClasses: 'Class',
  findDepartments: 'Department',
  findCompanyCurrencies: 'CompanyCurrency',
};

if (told.sandbox) {
  OAuthClient.authorizeEndpoint = `${told.sandbox}/connect/oauth2`;
  OAuthClient.tokenEndpoint = `${told.sandbox}/oauth2/v1/tokens/bearer`;
  QuickBooks.V3_ENDPOINT_BASE_URL = `${told.sandbox}/v3/company/`;
  QuickBooks.TOKEN_URL = `${told.sandbox}/oauth2/v1/tokens/bearer`;
  QuickBooks.REVOKE_URL = `${told.sandbox}/v2/oauth2/tokens/revoke`;
  QuickBooks.USER_INFO_URL = `${told.sandbox}/v1/openid_connect/userinfo`;
} else {
  // Fetches the discovery document for the address of userinfo, and has no way to say when it has come.
  QuickBooks.setOauthVersion('2.0', true);
  const late = Date.now() + 20_000;
  while (!QuickBooks.USER_INFO_URL && Date.now() < late) await setTimeout(10);
  assert.ok(QuickBooks.USER_INFO_URL, 'the discovery document came');
}

/** A method of the client as a promise; an answer's entity is unwrapped by the client itself. */
const call = (method, ...given) => promisify(books[method].bind(books))(...given);
const found = async (finder, criteria) => (await call(finder, criteria)).QueryResponse;
/** The code of the first error of a refused call. */
const fault = async (work) => (await refusal(work)).response?.data?.Fault?.Error?.[0]?.code;

const books = await step('a person connects and the code is exchanged', async () => {
  const intuit = new OAuthClient({ ...told, environment: 'sandbox' });
  const { Accounting, OpenId, Email } = OAuthClient.scopes;
  await intuit.createToken(await consent(intuit.authorizeUri({ scope: [Accounting, OpenId, Email] })));
  const { access_token: access, refresh_token: refresh, realmId } = intuit.getToken();
  assert.equal(realmId, told.company);
  return new QuickBooks(told.clientId, told.clientSecret, access, false, realmId, true, false, null, '2.0', refresh);
});

await step('userinfo is answered in spite of minorversion and format in its address', async () => {
  const info = await call('getUserInfo');
  assert.ok(info.sub);
  assert.equal(info.email, 'visitor@sandbox.example');
});

await step('the company and its preferences are read', async () => {
  assert.ok((await call('getCompanyInfo', told.company)).CompanyName);
  assert.ok((await call('getPreferences')).CurrencyPrefs.HomeCurrency.value);
  assert.equal((await found('findCompanyInfos', {})).CompanyInfo.length, 1);
});

for (const [finder, list] of Object.entries(FINDERS)) {
  await step(`${list}: fetchAll in pages of ${PAGE} brings as many as are counted, each once`, async () => {
    const { totalCount } = await found(finder, [{ count: true }]);
    const records = (await found(finder, { fetchAll: true, limit: PAGE }))[list] ?? [];
    assert.equal(records.length, totalCount);
    assert.equal(new Set(records.map((record) => record.Id)).size, records.length);
  });
}

await step('a count with a page in it is still the count of all', async () => {
  const { totalCount } = await found('findCustomers', { count: true });
  assert.equal(totalCount, (await found('findCustomers', {})).Customer.length);
});

let customer;
await step('a customer is created, once for one requestId', async () => {
  const [DisplayName, requestId] = [own("Nell's Nets"), own('nets')];
  const wish = () => ({ DisplayName, PrimaryPhone: { FreeFormNumber: '555 0100' }, requestId });
  customer = await call('createCustomer', wish());
  assert.equal(customer.SyncToken, '0');
  assert.equal((await call('createCustomer', wish())).Id, customer.Id);
});

await step('an apostrophe, LIKE and an order are understood', async () => {
  const criteria = [
    { field: 'DisplayName', value: customer.DisplayName },
    { field: 'Active', value: [true, false], operator: 'IN' },
  ];
  assert.equal((await found('findCustomers', criteria)).Customer[0].Id, customer.Id);
  const like = [
    { field: 'DisplayName', value: customer.DisplayName.replace('Nell', '%'), operator: 'LIKE' },
    { field: 'desc', value: 'DisplayName' },
  ];
  assert.equal((await found('findCustomers', like)).Customer[0].Id, customer.Id);
});

await step('an update is sparse unless it says otherwise', async () => {
  const updated = await call('updateCustomer', { Id: customer.Id, SyncToken: '0', CompanyName: 'Nets' });
  assert.equal(updated.SyncToken, '1');
  assert.equal(updated.PrimaryPhone.FreeFormNumber, '555 0100');
  const full = { Id: customer.Id, SyncToken: '1', sparse: false, DisplayName: customer.DisplayName };
  assert.equal((await call('updateCustomer', full)).PrimaryPhone, undefined);
});

await step('stale is 5010, a taken name 6240, missing 610', async () => {
  const stale = { Id: customer.Id, SyncToken: '0', CompanyName: 'Too late' };
  assert.equal(await fault(() => call('updateCustomer', stale)), '5010');
  const { Vendor: [vendor] } = await found('findVendors', { limit: 1 });
  assert.equal(await fault(() => call('createCustomer', { DisplayName: vendor.DisplayName })), '6240');
  assert.equal(await fault(() => call('getCustomer', '987654321')), '610');
});

await step('a batch answers each item by its bId, faults among them', async () => {
  const Vendor = { DisplayName: own('Node Nursery') };
  const { BatchItemResponse: answers } = await call('batch', [
    { bId: 'made', operation: 'create', Vendor },
    { bId: 'changed', operation: 'update', Customer: { Id: customer.Id, SyncToken: '2', sparse: true, Notes: 'By batch' } },
    { bId: 'asked', Query: 'select count(*) from Customer' },
    { bId: 'refused', operation: 'create', Vendor },
  ]);
  const by = Object.fromEntries(answers.map((answer) => [answer.bId, answer]));
  assert.equal(by.made.Vendor.SyncToken, '0');
  assert.equal(by.changed.Customer.Notes, 'By batch');
  assert.ok(by.asked.QueryResponse.totalCount > 0);
  assert.equal(by.refused.Fault.Error[0].code, '6240');
});

await step('change data capture takes an array of entities and a Date', async () => {
  const since = new Date(Date.now() - 60_000);
  const { CDCResponse: [{ QueryResponse: groups }] } = await call('changeDataCapture', ['Customer', 'Account'], since);
  assert.ok(groups[0].Customer.some((changed) => changed.Id === customer.Id));
  assert.deepEqual(groups[1], {});
});

await step('a refresh brings a pair that works', async () => {
  const answer = await call('refreshAccessToken');
  assert.equal(answer.token_type, 'bearer');
  assert.ok((await call('getCompanyInfo', told.company)).CompanyName);
});

await step('revoking by a form ends access token and refresh token, and is done once', async () => {
  const { token, refreshToken } = books;
  await call('revokeAccess', true);
  assert.equal(books.token, null, 'the client forgets its tokens on status 200');
  Object.assign(books, { token, refreshToken, realmId: told.company });
  const closed = await refusal(() => call('getCompanyInfo', told.company));
  assert.equal(closed.response.status, 401);
  assert.equal(closed.response.data.fault.error[0].code, '3200');
  assert.equal((await refusal(() => call('refreshAccessToken'))).response.data.error, 'invalid_grant');
  const again = await refusal(() => call('revokeAccess', true));
  assert.equal(again.response.status, 400);
  assert.equal(again.response.data, '');
});
