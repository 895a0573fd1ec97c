// An authorization server that nobody of ours wrote, set up as strictly as it goes: PKCE is required, refresh
// tokens rotate, one that comes back ends its grant. Whoever signs in is whom the test named last, and agrees.
// CLIENT and REDIRECT are in the environment; the first line it writes is its issuer.

import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const { CLIENT_ID, CLIENT_SECRET, CLIENT_AUTH, REDIRECT } = process.env;
const NAMES = { harbour: "Harbour & Sons Ltd", mill: "Old Mill Bakery" };

/** Whose books are opened next; nobody's means that consent is denied. */
let account = "harbour";
/** What was asked here, and the refresh tokens that were given. */
const calls = [];
const refreshTokens = [];

const server = createServer((request, response) => {
  const { method, url } = request;
  response.on("finish", () => calls.push({ method, url, status: response.statusCode }));
  answer(request, response).catch((error) => {
    console.error(error);
    response.writeHead(500).end();
  });
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      token_endpoint_auth_method: CLIENT_AUTH,
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      redirect_uris: [REDIRECT],
    },
  ],
  clientAuthMethods: [CLIENT_AUTH],
  claims: { openid: ["sub"], profile: ["name"] },
  cookies: { keys: ["only for the time of a test"] },
  features: { devInteractions: { enabled: false }, revocation: { enabled: true } },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: NAMES[id] }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  // Short enough that whoever wants one has it refreshed.
  ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 3600, IdToken: 3600, Interaction: 600, RefreshToken: 3600, Session: 3600 },
});
provider.use(async (context, next) => {
  await next();
  if (context.oidc?.route === "token" && context.body?.refresh_token) {
    refreshTokens.push(context.body.refresh_token);
  }
});
const standard = provider.callback();

async function answer(request, response) {
  const { pathname } = new URL(request.url, issuer);
  if (pathname.startsWith("/interaction/")) {
    await agree(request, response);
  } else if (pathname === "/control") {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ calls, refreshTokens }));
  } else if (pathname.startsWith("/control/account/")) {
    account = pathname.slice("/control/account/".length);
    response.end();
  } else {
    await standard(request, response);
  }
}

/** Signs in and consents, in one step. */
async function agree(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  if (account === "") {
    const error = { error: "access_denied", error_description: "nobody agreed" };
    await provider.interactionFinished(request, response, error);
    return;
  }
  const grant = new provider.Grant({ accountId: account, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const result = { login: { accountId: account }, consent: { grantId: await grant.save() } };
  await provider.interactionFinished(request, response, result);
}

console.log(issuer);
