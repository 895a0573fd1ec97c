// Takes a delivery as JSON on standard input and says what Standard Webhooks' own library makes of it: the type of what
// was sent, and how many of the forgeries made of it are refused.
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";

const { secret, headers, body } = JSON.parse(await text(process.stdin));
const event = new Webhook(secret).verify(body, headers);

const other = `whsec_${Buffer.alloc(32).toString("base64")}`;
const forgeries = [
  [secret, `${body} `, headers],
  [secret, body, { ...headers, "webhook-id": "evt_other" }],
  [secret, body, { ...headers, "webhook-timestamp": String(Number(headers["webhook-timestamp"]) - 1) }],
  [secret, body, { ...headers, "webhook-signature": headers["webhook-signature"].replace("v1,", "v1,A") }],
  [other, body, headers],
];
const refused = forgeries.filter(([key, sent, stated]) => {
  try {
    new Webhook(key).verify(sent, stated);
    return false;
  } catch {
    return true;
  }
});
console.log(JSON.stringify({ type: event.type, refused: refused.length, of: forgeries.length }));
