// npm `oauth4webapi`, which knows nothing of Intuit and refuses what the standards do not allow.
//
// It passes where Intuit itself would. Where Intuit differs from a standard the step says `differs:`, names
// the rule, and expects the refusal or the gap, so that a sandbox that is better than Intuit fails here.
// BEYOND=Intuit says that the sandbox was told to ask for PKCE and to name itself on the callback, which Intuit
// does not do.

import assert from 'node:assert/strict';
import * as oauth from 'oauth4webapi';
import { consent, refusal, step, told } from './steps.mjs';

const ISSUER = new URL('https://oauth.platform.intuit.com/op/v1');
const DOCUMENT = `${told.sandbox}/.well-known/openid_sandbox_configuration`;
const SCOPE = 'openid profile email phone address com.intuit.quickbooks.accounting';
const COMPANY = new URL(`${told.sandbox}/v3/company/${told.company}/companyinfo/${told.company}`);

// Loopback without TLS is the one thing that is allowed here and would not be at Intuit.
const insecure = { [oauth.allowInsecureRequests]: true };
const app = { client_id: told.clientId, id_token_signed_response_alg: 'RS256' };
const basic = oauth.ClientSecretBasic(told.clientSecret);
const post = oauth.ClientSecretPost(told.clientSecret);
const beyond = process.env.BEYOND === 'Intuit';
const json = { accept: 'application/json' };

/** Goes through the sign-in; with a verifier the request carries its challenge. */
async function authorize(as, state, verifier) {
  const url = new URL(as.authorization_endpoint);
  const fields = {
    client_id: app.client_id, response_type: 'code', scope: SCOPE, redirect_uri: told.redirectUri, state,
  };
  if (verifier) {
    fields.code_challenge = await oauth.calculatePKCECodeChallenge(verifier);
    fields.code_challenge_method = 'S256';
  }
  url.search = new URLSearchParams(fields);
  return new URL(await consent(url.href));
}

/** The whole way from the authorization request to tokens whose id_token was checked. */
async function connect(as, verifier) {
  const state = oauth.generateRandomState();
  const fields = oauth.validateAuthResponse(as, app, await authorize(as, state, verifier), state);
  const exchange = () => oauth.authorizationCodeGrantRequest(
    as, app, basic, fields, told.redirectUri, verifier ?? oauth.nopkce, insecure,
  );
  const answer = await exchange();
  const tokens = await oauth.processAuthorizationCodeResponse(as, app, answer, { requireIdToken: true });
  await oauth.validateApplicationLevelSignature(as, answer, insecure);
  return { tokens, exchange };
}

async function refresh(as, token, authentication = basic) {
  const answer = await oauth.refreshTokenGrantRequest(as, app, authentication, token, insecure);
  return oauth.processRefreshTokenResponse(as, app, answer);
}

async function revoke(as, token) {
  return oauth.processRevocationResponse(await oauth.revocationRequest(as, app, basic, token, insecure));
}

const company = (token) => oauth.protectedResourceRequest(token, 'GET', COMPANY, new Headers(json), null, insecure);

await step('differs: no document at the issuer\'s own well-known address (OpenID Connect Discovery 4)', async () => {
  const answer = await oauth.discoveryRequest(new URL(told.sandbox), insecure);
  // The sandbox does answer Intuit's hyphenated spelling of the production document, for another issuer.
  const problem = await refusal(() => oauth.processDiscoveryResponse(new URL(told.sandbox), answer));
  assert.equal(problem.code, oauth.JSON_ATTRIBUTE_COMPARISON);
});

const as = await step('the document that is fetched from Intuit\'s own address is in order', async () => {
  const document = await oauth.processDiscoveryResponse(ISSUER, await fetch(DOCUMENT, { headers: json }));
  // What Intuit announces is neither of them.
  assert.deepEqual(document.code_challenge_methods_supported, beyond ? ['S256'] : undefined);
  assert.equal(document.authorization_response_iss_parameter_supported, beyond ? true : undefined);
  for (const [name, value] of Object.entries(document)) {
    if (name.endsWith('_endpoint') || name === 'jwks_uri') assert.equal(new URL(value).origin, told.sandbox);
  }
  return document;
});

await step('the keys are RSA keys for signatures, each with a kid', async () => {
  const answer = await fetch(as.jwks_uri, { headers: json });
  assert.equal(answer.status, 200);
  const { keys } = await answer.json();
  assert.ok(keys.length > 0);
  for (const key of keys) assert.ok(key.kty === 'RSA' && key.use === 'sig' && key.alg === 'RS256' && key.kid);
});

if (beyond) {
  await step('a request without a challenge comes back as an error from the right issuer', async () => {
    const back = await authorize(as, 'no-challenge');
    const problem = await refusal(async () => oauth.validateAuthResponse(as, app, back, 'no-challenge'));
    assert.equal(problem.error, 'invalid_request');
  });
  await step('a callback of another issuer, or of none, is refused by the client (RFC 9207, 2.4)', async () => {
    for (const issuer of ['https://elsewhere.example', '']) {
      const back = await authorize(as, 'mixed-up', oauth.generateRandomCodeVerifier());
      back.searchParams.set('iss', issuer);
      const problem = await refusal(async () => oauth.validateAuthResponse(as, app, back, 'mixed-up'));
      assert.equal(problem.code, oauth.INVALID_RESPONSE);
    }
  });
} else {
  await step('code flow without PKCE, as Intuit\'s own clients do it: state, tokens, id_token, signature', async () => {
    const { tokens } = await connect(as);
    await revoke(as, tokens.access_token);
  });
}

const verifier = oauth.generateRandomCodeVerifier();
const { tokens, exchange } = await step('code flow with PKCE: state, tokens, id_token, signature', async () => {
  const made = await connect(as, verifier);
  assert.equal(made.tokens.token_type, 'bearer');
  assert.equal(made.tokens.expires_in, 3600);
  assert.equal((await company(made.tokens.access_token)).status, 200);
  return made;
});

await step('the id_token is for this app alone and names the company', async () => {
  const says = oauth.getValidatedIdTokenClaims(tokens);
  assert.deepEqual(says.aud, [app.client_id]);
  assert.equal(says.realmid, told.company);
  assert.equal(says.exp, says.iat + 3600);
  assert.ok(Number.isInteger(says.auth_time));
});

const info = await step('userinfo is about the subject of the id_token', async () => {
  const { sub } = oauth.getValidatedIdTokenClaims(tokens);
  const answer = await oauth.userInfoRequest(as, app, tokens.access_token, insecure);
  return oauth.processUserInfoResponse(as, app, sub, answer);
});

await step('differs: userinfo\'s names are in camel case (OpenID Connect Core 5.1)', () => {
  assert.equal(info.emailVerified, true);
  assert.equal(info.email_verified, undefined);
  assert.ok(info.givenName && info.phoneNumber && info.address.postalCode);
});

await step('differs: the token answer has no scope and the callback alone has the realmId', () => {
  assert.equal(tokens.scope, undefined);
  assert.equal(tokens.realmId, undefined);
});

await step('another state than the one that was sent is refused by the client', async () => {
  const back = await authorize(as, 'first', verifier);
  const problem = await refusal(async () => oauth.validateAuthResponse(as, app, back, 'second'));
  assert.equal(problem.code, oauth.INVALID_RESPONSE);
});

await step('a wrong secret is invalid_client', async () => {
  const problem = await refusal(() => refresh(as, tokens.refresh_token, oauth.ClientSecretBasic('wrong')));
  assert.equal(problem.status, 401);
  assert.equal(problem.error, 'invalid_client');
});

const fresh = await step('a refresh brings a pair; the secret may stand in the header or in the body', async () => {
  const first = await refresh(as, tokens.refresh_token);
  const second = await refresh(as, first.refresh_token, post);
  assert.equal((await company(second.access_token)).status, 200);
  return second;
});

await step('revoking is answered as RFC 7009 says', () => revoke(as, fresh.refresh_token));

await step('differs: revoking a dead token is an empty 400 instead of 200 (RFC 7009, 2.2)', async () => {
  const answer = await oauth.revocationRequest(as, app, basic, fresh.refresh_token, insecure);
  assert.equal(answer.status, 400);
  assert.equal(await answer.clone().text(), '');
  await refusal(() => oauth.processRevocationResponse(answer));
});

await step('a revoked pair opens nothing', async () => {
  assert.equal((await company(fresh.access_token)).status, 401);
  const problem = await refusal(() => refresh(as, fresh.refresh_token));
  assert.equal(problem.status, 400);
  assert.equal(problem.error, 'invalid_grant');
});

await step('a code is good once, and with its verifier only', async () => {
  const again = await refusal(async () => oauth.processAuthorizationCodeResponse(as, app, await exchange()));
  assert.equal(again.error, 'invalid_grant');
  const fields = oauth.validateAuthResponse(as, app, await authorize(as, 'state', verifier), 'state');
  const other = oauth.generateRandomCodeVerifier();
  const answer = await oauth.authorizationCodeGrantRequest(as, app, basic, fields, told.redirectUri, other, insecure);
  const problem = await refusal(() => oauth.processAuthorizationCodeResponse(as, app, answer));
  assert.equal(problem.error, 'invalid_grant');
});
