import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** An API key taken apart. Only the hash of the secret is ever stored. */
export interface ApiKey {
  /** `key_…`, safe to show and to log. */
  id: string;
  secretSha256: Buffer;
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const secretChars = 32; // 190 bits
const form = /^tno_live_([0-9A-Za-z]{3,32})_([0-9A-Za-z]{27,128})$/;

export const apiKeyForm = 'tno_live_<id>_<secret>: an id of 3 to 32 and a secret of 27 to 128 letters and digits';

/** Makes a new key. It cannot be shown again: only the hash of its secret is kept. */
export function makeApiKey(): string {
  return `tno_live_${randomText(16)}_${randomText(secretChars)}`;
}

/** Undefined when the text does not have a key's form. */
export function parseApiKey(text: string): ApiKey | undefined {
  const [, id, secret] = form.exec(text) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  return { id: `key_${id}`, secretSha256: hash('sha256', secret, 'buffer') };
}

/** In constant time. */
export function sameSecret(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) if (byte < 248 && text.length < length) text += alphabet[byte % 62];
  }
  return text;
}
