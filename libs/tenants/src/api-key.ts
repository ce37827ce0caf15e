import { hash, randomBytes } from 'node:crypto';

/** A parsed API key. Only the hash of its secret is ever stored. */
export interface ApiKey {
  /** `key_…`; it may be shown and logged. */
  id: string;
  secretSha256: Buffer;
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const secretChars = 32; // 190 bits
const format = /^tno_live_([0-9A-Za-z]{3,32})_([0-9A-Za-z]{27,128})$/;

/** The form of an API key, for error messages. */
export const apiKeyForm = 'tno_live_<id>_<secret>: an id of 3 to 32 and a secret of 27 to 128 letters and digits';

/** Makes a new API key. It cannot be shown again later: only the hash of its secret is stored. */
export function makeApiKey(): string {
  return `tno_live_${randomText(16)}_${randomText(secretChars)}`;
}

/** Parses an API key. Returns undefined when the text does not have the form of a key. */
export function parseApiKey(text: string): ApiKey | undefined {
  const [, id, secret] = format.exec(text) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  return { id: `key_${id}`, secretSha256: hash('sha256', secret, 'buffer') };
}

/** A key as a request presents it. */
export interface PresentedKey {
  id: string;
  /** SHA-256 of the secret as binary text: Node takes three times as long to return a buffer. */
  secretSha256: string;
}

const header = /^[Bb][Ee][Aa][Rr][Ee][Rr] +tno_live_([0-9A-Za-z]{3,32})_([0-9A-Za-z]{27,128})$/;

/** Reads the key of an `Authorization: Bearer <key>` header. Undefined for a header of another form. */
export function presentedKeyOf(authorization: string | undefined): PresentedKey | undefined {
  const [, id, secret] = header.exec(authorization ?? '') ?? [];
  if (id === undefined || secret === undefined) return undefined;
  return { id: `key_${id}`, secretSha256: hash('sha256', secret, 'binary') };
}

/** Compares two hashes in a time that does not depend on where they differ. */
export function sameHash(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at += 1) difference |= a.charCodeAt(at) ^ b.charCodeAt(at);
  return difference === 0;
}

function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) if (byte < 248 && text.length < length) text += alphabet[byte % 62];
  }
  return text;
}
