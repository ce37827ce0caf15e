import { createHmac, randomBytes } from 'node:crypto';

const prefix = 'whsec_';
const secretBytes = 32;

/** Creates a signing secret in the receivers' format: `whsec_` and 256 random bits. */
export function makeSecret(): string {
  return prefix + randomBytes(secretBytes).toString('base64');
}

export interface SignedMessage {
  /** The id of the delivery, the same on every try, so that receivers can drop repeats. */
  id: string;
  /** The time of this try. Receivers refuse old times, so a recorded message cannot be replayed. */
  at: Date;
  body: string;
}

/** Returns the headers of Standard Webhooks 1.0.0, with one signature per secret, the newest first. */
export function signedHeaders({ id, at, body }: SignedMessage, secrets: readonly string[]): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(prefix.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
    'content-type': 'application/json',
  };
}
