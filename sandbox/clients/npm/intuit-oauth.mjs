// npm `intuit-oauth`, as published, through the life of a connection.
//
// Its addresses are settings: `setAuthorizeURLs` of an instance, and the static fields `jwks_uri` and
// `environment` of the class for the two that this method leaves out.

import assert from 'node:assert/strict';
import OAuthClient from 'intuit-oauth';
import { LISTS, claims, consent, own, refusal, step, told } from './steps.mjs';

const PAGE = 10;
/** The companies of every sandbox. */
const COMPANIES = ['9341453199999001', '9341453199999002'];

const intuit = client();
let callback;
let company;

function client() {
  const made = new OAuthClient({
    clientId: told.clientId,
    clientSecret: told.clientSecret,
    environment: 'sandbox',
    redirectUri: told.redirectUri,
    includeRefreshTokenHardExpiresIn: true,
  });
  if (!told.sandbox) return made;
  OAuthClient.jwks_uri = `${told.sandbox}/op/v1/jwks`;
  OAuthClient.environment.sandbox = `${told.sandbox}/`;
  return made.setAuthorizeURLs({
    authorizeEndpoint: `${told.sandbox}/connect/oauth2`,
    tokenEndpoint: `${told.sandbox}/oauth2/v1/tokens/bearer`,
    revokeEndpoint: `${told.sandbox}/v2/oauth2/tokens/revoke`,
    userInfoEndpoint: `${told.sandbox}/v1/openid_connect/userinfo`,
  });
}

/** Goes through the sign-in; the callback is what `createToken` takes. */
function connect() {
  const { Accounting, OpenId, Profile, Email, Phone, Address } = OAuthClient.scopes;
  const scope = [Accounting, OpenId, Profile, Email, Phone, Address];
  return consent(intuit.authorizeUri({ scope, state: 'kept-by-the-app' }));
}

async function api(path, { body, params } = {}) {
  const call = { url: `v3/company/${company}/${path}`, params: { minorversion: 75, ...params } };
  const answer = await intuit.makeApiCall(body ? { ...call, method: 'POST', body } : call);
  assert.ok(answer.headers.intuit_tid, 'every answer carries intuit_tid');
  return answer.json;
}

const query = async (statement) => (await api('query', { params: { query: statement } })).QueryResponse;
const counted = async (list) => (await query(`select count(*) from ${list}`)).totalCount;

/** All records of a list, page by page. */
async function listed(list) {
  const found = [];
  for (let start = 1; ; start += PAGE) {
    const page = (await query(`select * from ${list} startposition ${start} maxresults ${PAGE}`))[list] ?? [];
    found.push(...page);
    if (page.length < PAGE) return found;
  }
}

await step('a person connects, and code, state and realmId come back', async () => {
  callback = await connect();
  const fields = new URL(callback).searchParams;
  assert.equal(fields.get('state'), 'kept-by-the-app');
  assert.equal(fields.get('realmId'), told.company);
});

await step('a code is exchanged for tokens with Intuit\'s lifetimes', async () => {
  const answer = await intuit.createToken(callback);
  const token = intuit.getToken();
  company = token.realmId;
  assert.equal(company, told.company);
  assert.equal(answer.getJson().token_type, 'bearer');
  assert.equal(token.expires_in, 3600);
  assert.equal(token.x_refresh_token_expires_in, 8_726_400);
  assert.ok(token.x_refresh_token_hard_expires_in > 157_000_000, 'five years, since the header asks for it');
  assert.ok(token.access_token.startsWith('eyJlbmMi'), 'an access token is a JWE');
  assert.ok(answer.getIntuitTid());
  assert.ok(intuit.isAccessTokenValid());
});

await step('the id_token is Intuit\'s, for this app, signed by a key of the JWKS', async () => {
  assert.equal(await intuit.validateIdToken(), true);
  const says = claims(intuit.getToken().id_token);
  assert.deepEqual(says.aud, [told.clientId]);
  assert.equal(says.realmid, company);
});

await step('an id_token with another signature is refused', async () => {
  const { id_token: good } = intuit.getToken();
  const [header, payload, signature] = good.split('.');
  intuit.getToken().id_token = [header, payload, signature.split('').reverse().join('')].join('.');
  await refusal(() => intuit.validateIdToken());
  intuit.getToken().id_token = good;
});

await step('userinfo tells, in camel case, who signed in', async () => {
  const { json } = await intuit.getUserInfo();
  assert.equal(json.sub, claims(intuit.getToken().id_token).sub);
  assert.equal(json.email, 'visitor@sandbox.example');
  assert.equal(json.emailVerified, true);
  assert.ok(json.givenName && json.familyName && json.phoneNumber && json.address.postalCode);
});

await step('the company and its preferences are read', async () => {
  const info = (await api(`companyinfo/${company}`)).CompanyInfo;
  assert.ok(info.CompanyName && info.Country);
  const { Preferences } = await api('preferences');
  assert.ok(Preferences.CurrencyPrefs.HomeCurrency.value);
});

await step('an answer is XML when JSON is not asked for', async () => {
  const url = `v3/company/${company}/companyinfo/${company}`;
  const { data } = await intuit.makeApiCall({ url, headers: { Accept: 'application/xml' }, responseType: 'text' });
  assert.match(data, /^(<\?xml [^>]*\?>\s*)?<IntuitResponse [^>]*xmlns="http:\/\/schema.intuit.com\/finance\/v3"/);
  assert.match(data, /<CompanyInfo domain="QBO" sparse="false">/);
});

for (const list of LISTS) {
  await step(`${list}: pages of ${PAGE} bring as many as are counted, each once`, async () => {
    const found = await listed(list);
    assert.equal(found.length, await counted(list));
    assert.equal(new Set(found.map((record) => record.Id)).size, found.length);
  });
}

await step('no match is an empty answer', async () => {
  assert.deepEqual(await query("select * from Customer where DisplayName = 'Nobody at all'"), {});
});

await step('a statement that cannot be read is fault 4000, one about an unknown property 4001', async () => {
  const unread = await refusal(() => query('select * from Customer wher Id = 1'));
  assert.equal(unread.code, '4000');
  assert.equal(unread.faultType, 'ValidationFault');
  assert.equal((await refusal(() => query("select * from Customer where Nothing = '1'"))).code, '4001');
});

let customer;
await step('a customer is created, once for one requestid', async () => {
  const body = { DisplayName: own("Zoë's Kites & Co"), PrimaryEmailAddr: { Address: 'zoe@kites.example' }, Notes: 'Pays late' };
  const before = await counted('Customer');
  const params = { requestid: own('kites') };
  customer = (await api('customer', { body, params })).Customer;
  assert.equal(customer.DisplayName, body.DisplayName);
  assert.equal(customer.SyncToken, '0');
  assert.equal((await api('customer', { body, params })).Customer.Id, customer.Id);
  assert.equal(await counted('Customer'), before + 1);
});

await step('a backslash escapes the apostrophe of its name in a query', async () => {
  const name = customer.DisplayName.replace("'", "\\'");
  const [found] = (await query(`select * from Customer where DisplayName = '${name}'`)).Customer;
  assert.equal(found.Id, customer.Id);
});

await step('a sparse update keeps what it does not name', async () => {
  const body = { Id: customer.Id, SyncToken: customer.SyncToken, sparse: true, CompanyName: 'Kites' };
  const updated = (await api('customer', { body, params: { operation: 'update' } })).Customer;
  assert.equal(updated.SyncToken, '1');
  assert.equal(updated.CompanyName, 'Kites');
  assert.equal(updated.PrimaryEmailAddr.Address, 'zoe@kites.example');
});

await step('a stale SyncToken is fault 5010', async () => {
  const body = { Id: customer.Id, SyncToken: '0', sparse: true, CompanyName: 'Too late' };
  assert.equal((await refusal(() => api('customer', { body }))).code, '5010');
});

await step('a full update drops what it does not name', async () => {
  const body = { Id: customer.Id, SyncToken: '1', DisplayName: customer.DisplayName };
  const updated = (await api('customer', { body })).Customer;
  assert.equal(updated.SyncToken, '2');
  assert.equal(updated.PrimaryEmailAddr, undefined);
});

await step('a name that a vendor has is fault 6240', async () => {
  const [vendor] = (await query('select * from Vendor maxresults 1')).Vendor;
  const body = { DisplayName: vendor.DisplayName };
  assert.equal((await refusal(() => api('customer', { body }))).code, '6240');
});

await step('a customer that is not there is fault 610', async () => {
  assert.equal((await refusal(() => api('customer/987654321'))).code, '610');
});

const bakery = own('Batch Bakery');
await step('a batch answers each item by its bId, faults among them', async () => {
  const body = {
    BatchItemRequest: [
      { bId: 'made', operation: 'create', Vendor: { DisplayName: bakery } },
      { bId: 'asked', Query: 'select * from Term maxresults 1' },
      { bId: 'refused', operation: 'create', Vendor: {} },
    ],
  };
  const answers = (await api('batch', { body })).BatchItemResponse;
  const by = Object.fromEntries(answers.map((answer) => [answer.bId, answer]));
  assert.equal(by.made.Vendor.DisplayName, bakery);
  assert.equal(by.asked.QueryResponse.Term.length, 1);
  assert.equal(by.refused.Fault.type, 'ValidationFault');
});

await step('change data capture brings what changed, grouped in the order of the request', async () => {
  const params = { entities: 'Vendor,Term,Customer', changedSince: new Date(Date.now() - 60_000).toISOString() };
  const [{ QueryResponse: groups }] = (await api('cdc', { params })).CDCResponse;
  assert.equal(groups.length, 3);
  assert.ok(groups[0].Vendor.some((vendor) => vendor.DisplayName === bakery));
  assert.deepEqual(groups[1], {});
  assert.ok(groups[2].Customer.some((changed) => changed.Id === customer.Id));
});

await step('a deactivated customer is hidden until Active is asked for', async () => {
  const body = { Id: customer.Id, SyncToken: '2', sparse: true, Active: false };
  const gone = (await api('customer', { body })).Customer;
  assert.equal(gone.Active, false);
  assert.ok(gone.DisplayName.endsWith(' (deleted)'));
  const found = (more) => query(`select * from Customer where Id = '${customer.Id}'${more}`);
  assert.deepEqual(await found(''), {});
  assert.equal((await found(' and Active in (true, false)')).Customer.length, 1);
});

await step('a refresh brings a pair that works', async () => {
  await intuit.refresh();
  assert.equal(intuit.getToken().realmId, company, 'the client keeps the realmId, which no token answer has');
  assert.ok((await api(`companyinfo/${company}`)).CompanyInfo);
});

await step('another company than the consented one is closed', async () => {
  const other = COMPANIES.find((realm) => realm !== company);
  const problem = await refusal(() => intuit.makeApiCall({ url: `v3/company/${other}/companyinfo/${other}` }));
  assert.equal(problem.code, '403');
});

await step('revoking ends access token and refresh token', async () => {
  const { access_token: access, refresh_token: refresh } = intuit.getToken();
  const answer = await intuit.revoke();
  assert.equal(answer.status(), 200);
  assert.equal(answer.text(), '', 'the answer has no body');
  intuit.getToken().access_token = access;
  assert.equal((await refusal(() => api(`companyinfo/${company}`))).code, '401');
  assert.equal((await refusal(() => intuit.refreshUsingToken(refresh))).error, 'invalid_grant');
  const again = await refusal(() => intuit.revoke({ refresh_token: refresh }));
  assert.match(again.originalMessage, /status code 400/);
});

await step('a code that comes twice is refused and ends what the first exchange brought', async () => {
  const second = await connect();
  await intuit.createToken(second);
  const { access_token: access } = intuit.getToken();
  assert.equal((await refusal(() => intuit.createToken(second))).error, 'invalid_grant');
  intuit.getToken().access_token = access;
  assert.equal((await refusal(() => api(`companyinfo/${company}`))).code, '401');
});

await step('a wrong secret is invalid_client', async () => {
  intuit.clientSecret = 'not-the-secret';
  assert.equal((await refusal(() => intuit.refreshUsingToken('anything'))).error, 'invalid_client');
});
