import { get } from 'node:http';
import { createOutbound } from '@turno/runtime';
import fc from 'fast-check';
import { RequestFilteringHttpAgent } from 'request-filtering-agent';
import { afterAll, expect, test } from 'vitest';

/**
 * A published address filter as the oracle: the guard must refuse every address that the filter refuses. IPv6 addresses
 * that embed an IPv4 address are left out: the filter refuses all of them, the guard checks the embedded address. No
 * connection is ever opened.
 */
const outbound = createOutbound({ allowHosts: [] });
afterAll(() => outbound.close());

const guardRefuses = (url: string) =>
  outbound.check(url).then(
    () => false,
    (error: { code: string }) => error.code === 'address-refused',
  );

/** Returns true when the filter throws. Otherwise the socket is destroyed before it connects. */
function oracleRefuses(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    try {
      const request = get(url, { agent: new RequestFilteringHttpAgent() });
      request.on('socket', (socket) => {
        setImmediate(() => {
          socket.destroy();
          resolve(false);
        });
      });
      request.on('error', (error) => resolve(/not allowed/.test(error.message)));
    } catch (error) {
      resolve(error instanceof Error && /not allowed/.test(error.message));
    }
  });
}

const byte = fc.integer({ min: 0, max: 255 });
const word = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
const reserved = fc.constantFrom(
  [127, 0, 0, 1],
  [10, 1, 2, 3],
  [172, 16, 0, 1],
  [192, 168, 0, 1],
  [169, 254, 169, 254],
  [100, 64, 0, 1],
  [0, 0, 0, 0],
  [224, 0, 0, 1],
  [255, 255, 255, 255],
);
const ipv4 = fc.oneof(
  reserved,
  fc.tuple(byte, byte, byte, byte).map((parts) => [...parts]),
);
const spelled = fc.tuple(ipv4, fc.constantFrom('dotted', 'decimal', 'hex', 'octal', 'short')).map(([parts, form]) => {
  const number = parts.reduce((sum, part) => sum * 256 + part, 0);
  if (form === 'decimal') return String(number);
  if (form === 'hex') return `0x${number.toString(16)}`;
  if (form === 'octal') return parts.map((part) => `0${part.toString(8)}`).join('.');
  if (form === 'short') return `${parts[0]}.${number % 2 ** 24}`;
  return parts.join('.');
});
const ipv6 = fc
  .tuple(
    fc.constantFrom('::1', 'fe80::1', 'fc00::1', 'fd12::1', 'ff02::1', '::', '2001:db8::1', ''),
    fc.array(word, { minLength: 8, maxLength: 8 }),
  )
  .map(([fixed, words]) => `[${fixed === '' ? words.join(':') : fixed}]`);

test('The guard refuses every address that a published filter refuses, in every spelling', async () => {
  const property = fc.asyncProperty(fc.oneof(spelled, ipv6), async (host) => {
    const url = `http://${host}/`;
    if (await oracleRefuses(url)) expect([url, await guardRefuses(url)]).toEqual([url, true]);
  });
  await fc.assert(property, { numRuns: 300 });
});

test.each(['http://127.0.0.1/', 'http://169.254.169.254/', 'http://[::1]/', 'http://2130706433/', 'http://0x7f.1/'])(
  'The published filter itself refuses %s',
  async (url) => {
    expect(await oracleRefuses(url)).toBe(true);
  },
);
