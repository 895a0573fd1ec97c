// What the scripts share: what they are told, steps with a name, and the person in front of the browser.

import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import axios from 'axios';

/**
 * What a script is told by its environment.
 *
 * Without SANDBOX_URL a script leaves Intuit's addresses in its client, and the network has to lead it to
 * the sandbox (HTTPS_PROXY, NODE_EXTRA_CA_CERTS).
 */
export const told = {
  sandbox: process.env.SANDBOX_URL,
  clientId: needed('CLIENT_ID'),
  clientSecret: needed('CLIENT_SECRET'),
  redirectUri: needed('REDIRECT_URI'),
  company: needed('COMPANY'),
};

/** Makes names that no other run has used, since a company keeps what a script creates. */
export const own = (name) => `${name} ${process.pid.toString(36)}${Date.now().toString(36)}`;

/** The lists of a company, as the Accounting API names them. */
export const LISTS = [
  'Customer', 'Vendor', 'Account', 'Item', 'TaxCode', 'TaxRate', 'TaxAgency', 'Term', 'PaymentMethod',
  'Class', 'Department', 'CompanyCurrency',
];

function needed(name) {
  const value = process.env[name];
  if (!value) {
    console.error(`${name} is missing from the environment`);
    process.exit(2);
  }
  return value;
}

/** Does one step of a connection's life. Its name says what is expected; a failure ends the script. */
export async function step(expectation, work) {
  try {
    const value = await work();
    console.log(`ok    ${expectation}`);
    return value;
  } catch (problem) {
    console.error(`FAIL  ${expectation}\n${problem.stack ?? inspect(problem)}\n${inspect(about(problem), { depth: 6 })}`);
    process.exit(1);
  }
}

/** What an error tells beside its text: the answer that a client met, without the sockets below it. */
function about(problem) {
  const answer = problem.response ?? problem.authResponse?.response;
  const { code, description, fault, intuitTid } = problem;
  return { code, description, fault, intuitTid, status: answer?.status, body: answer?.data };
}

/** The error of a call that has to be refused. */
export async function refusal(call) {
  let answer;
  try {
    answer = await call();
  } catch (problem) {
    return problem;
  }
  return assert.fail(`a refusal was expected, but the answer is ${inspect(answer, { depth: 4 })}`);
}

/** The claims of a JWT, read and not checked. */
export function claims(jwt) {
  return JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url').toString());
}

/**
 * Signs in, chooses the company and presses Connect, as a person does in the pages of the sandbox.
 * Returns the address to which the browser is sent.
 */
export async function consent(authorizeUrl) {
  let answer = await browse({ url: authorizeUrl });
  for (let pages = 0; pages < 10; pages += 1) {
    const location = answer.headers.location && new URL(answer.headers.location, answer.config.url).href;
    if (location?.startsWith(told.redirectUri)) return location;
    answer = location ? await browse({ url: location }) : await submit(answer);
  }
  return assert.fail('the sign-in never came back to the redirect URI');
}

async function browse(request) {
  const answer = await axios({ ...request, maxRedirects: 0, validateStatus: () => true });
  assert.ok(answer.status < 400, `the sign-in answered ${answer.status} at ${request.url}: ${answer.data}`);
  return answer;
}

/** Sends the form of a page with its hidden fields and with a person's answers to the fields that it shows. */
function submit(page) {
  const action = page.data.match(/<form[^>]* action="([^"]+)"/)?.[1];
  assert.ok(action, `a page without a form: ${page.data}`);
  const hidden = page.data.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g);
  const fields = new URLSearchParams(Array.from(hidden, ([, name, value]) => [name, value]));
  const answers = { email: 'visitor@sandbox.example', company: told.company, decision: 'connect' };
  for (const [name, value] of Object.entries(answers)) {
    if (page.data.includes(` name="${name}"`)) fields.set(name, value);
  }
  return browse({ url: new URL(action, page.config.url).href, method: 'post', data: fields });
}
