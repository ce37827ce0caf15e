import { isIP } from 'node:net';
import { z } from 'zod';

const ranges = ['loopback', 'linklocal', 'uniquelocal'];

/**
 * Parses the setting for trusted proxies.
 * The value is `false`, the number of proxies in front, or their addresses; these may name the client in
 * `X-Forwarded-For`. Trusting every address is not possible: any client could then claim any address.
 */
export function trustProxy() {
  return z
    .string()
    .transform((text) => text.split(',').map((entry) => entry.trim()))
    .refine((entries) => isOff(entries) || isHops(entries) || entries.every(isRange), {
      error:
        'must be false, the number of proxies in front (1 to 32), or addresses such as 10.0.0.0/8, ::1 or loopback',
    })
    .transform((entries): false | number | string[] => {
      if (isOff(entries)) return false;
      return isHops(entries) ? Number(entries[0]) : entries;
    });
}

function isOff(entries: readonly string[]): boolean {
  return entries.length === 1 && entries[0]?.toLowerCase() === 'false';
}

function isHops(entries: readonly string[]): boolean {
  return entries.length === 1 && /^([1-9]|[12]\d|3[0-2])$/.test(entries[0] ?? '');
}

function isRange(entry: string): boolean {
  if (ranges.includes(entry)) return true;
  const [address = '', bits, ...more] = entry.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  // A range of 0 bits would trust every address.
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
