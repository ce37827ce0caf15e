import { randomFillSync } from 'node:crypto';

/** The prefixes of the ids on the wire. */
export type IdPrefix = 'job' | 'file' | 'ep' | 'dlv' | 'key' | 'ten';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const suffixPattern = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

const random = new Uint8Array(4096);
let randomUsed = random.length;
let lastMs = 0;
let sequence = 0;

/**
 * Makes a TypeID: the prefix and a UUIDv7 in Crockford base 32.
 * Ids sort by their time of creation, also within one millisecond of one process. Source: TypeID specification 0.3, RFC
 * 9562 section 6.2 (method 1, a 12-bit counter).
 */
export function newId<P extends IdPrefix>(prefix: P): `${P}_${string}` {
  return `${prefix}_${encodeBase32(uuid7())}`;
}

/** Returns true when `text` has the form of an id with this prefix. The resource need not exist. */
export function isId(prefix: IdPrefix, text: string): boolean {
  return text.startsWith(`${prefix}_`) && suffixPattern.test(text.slice(prefix.length + 1));
}

function uuid7(): Uint8Array {
  const now = Date.now();
  sequence = now > lastMs ? 0 : sequence + 1;
  lastMs = Math.max(now, lastMs);
  if (sequence > 0xfff) {
    sequence = 0;
    lastMs += 1;
  }
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(lastMs / 2 ** 32));
  view.setUint32(2, lastMs % 2 ** 32);
  view.setUint16(6, 0x7000 | sequence);
  bytes.set(takeRandom(8), 8);
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  return bytes;
}

function takeRandom(count: number): Uint8Array {
  if (randomUsed + count > random.length) {
    randomFillSync(random);
    randomUsed = 0;
  }
  randomUsed += count;
  return random.subarray(randomUsed - count, randomUsed);
}

function encodeBase32(bytes: Uint8Array): string {
  let text = '';
  let buffer = 0;
  let bits = 2; // 128 bits are 26 digits of five with two zero bits in front
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet.charAt((buffer >> bits) & 31);
    }
  }
  return text;
}
