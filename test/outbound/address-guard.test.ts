import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { createOutbound } from '@turno/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { selfSigned } from '../support/http/self-signed.ts';

const inner = createServer((request, response) => {
  response.setHeader('x-host', request.headers.host ?? '');
  if (request.url === '/to-metadata') response.writeHead(302, { location: 'http://169.254.169.254/latest/' });
  if (request.url === '/to-mail') response.writeHead(302, { location: 'http://8.8.8.8:25/' });
  if (request.url === '/to-store') response.writeHead(307, { location: 'http://127.0.0.1:6379/' });
  if (request.url === '/to-file') response.writeHead(302, { location: 'file:///etc/passwd' });
  response.end('inner');
});
let port = 0;

beforeAll(async () => {
  await new Promise<void>((resolve) => inner.listen(0, '127.0.0.1', resolve));
  port = (inner.address() as AddressInfo).port;
});
afterAll(() => void inner.close());

const notPublic = [
  'http://127.0.0.1/',
  'http://127.1/',
  'http://2130706433/',
  'http://0x7f000001/',
  'http://017700000001/',
  'http://localhost/',
  'http://127.0.0.1./',
  'http://0177.0.0.1/',
  'http://0x7f.0.0.1/',
  'http://127.0.1/',
  'http://0.0.0.0/',
  'http://10.0.0.1/',
  'http://172.16.0.1/',
  'http://172.31.255.255/',
  'http://192.168.1.1/',
  'http://169.254.169.254/latest/meta-data/',
  'http://168.63.129.16/',
  'http://100.64.0.1/',
  'http://100.100.100.200/',
  'http://192.0.0.192/',
  'http://192.0.2.1/',
  'http://198.18.0.1/',
  'http://203.0.113.9/',
  'http://224.0.0.1/',
  'http://240.0.0.1/',
  'http://255.255.255.255/',
  'http://[::]/',
  'http://[::1]/',
  'http://[::127.0.0.1]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[::ffff:0:127.0.0.1]/',
  'http://[64:ff9b::7f00:1]/',
  'http://[64:ff9b:1::808:808]/',
  'http://[2002:7f00:1::]/',
  'http://[2002:a9fe:a9fe::1]/',
  'http://[2606:4700::5efe:a00:1]/',
  'http://[2606:4700::200:5efe:a9fe:a9fe]/',
  'http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/',
  'http://[2001:db8::1]/',
  'http://[fc00::1]/',
  'http://[fd00:ec2::254]/',
  'http://[fe80::1]/',
  'http://[fec0::1]/',
  'http://[ff02::1]/',
  'http://[100::1]/',
  'http://[4000::1]/',
];

describe('Outbound requests go to public addresses only', () => {
  const outbound = createOutbound({ allowHosts: [] });
  afterAll(() => outbound.close());

  test.each(notPublic)('A request to the private address %s is refused before a connection is opened', async (url) => {
    await expect(outbound.check(url)).rejects.toMatchObject({ name: 'OutboundRefused', code: 'address-refused' });
    await expect(outbound.fetch({ url })).rejects.toMatchObject({ name: 'OutboundRefused', code: 'address-refused' });
  });

  test.each([
    'http://8.8.8.8/',
    'https://[2606:4700::1111]/',
    'http://[64:ff9b::808:808]/',
    'http://[2002:808:808::]/',
    'http://[2606:4700::5efe:808:808]/',
  ])('A request to the public address %s is allowed', async (url) => {
    await expect(outbound.check(url)).resolves.toBeUndefined();
  });

  test.each([
    'ftp://8.8.8.8/',
    'file:///etc/passwd',
    'http://user@8.8.8.8/',
    'http://:pw@8.8.8.8/',
    '/relative',
    'javascript:1',
  ])('%s is refused as a URL of an outbound request', async (url) => {
    await expect(outbound.fetch({ url })).rejects.toMatchObject({ name: 'OutboundRefused', code: 'url-refused' });
  });
});

describe('An outbound request to a name is judged by all addresses of the name', () => {
  const answers: Record<string, string[]> = {
    'public.test': ['8.8.8.8'],
    'inner.test': ['127.0.0.1'],
    'mixed.test': ['8.8.8.8', '127.0.0.1'],
    'none.test': [],
  };
  const resolve = (name: string) =>
    Promise.resolve((answers[name] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));

  test('A name with one private address among public ones is refused', async () => {
    const outbound = createOutbound({ allowHosts: [], resolve });
    await expect(outbound.check('http://public.test/')).resolves.toBeUndefined();
    await expect(outbound.check('http://inner.test/')).rejects.toMatchObject({ code: 'address-refused' });
    await expect(outbound.check('http://mixed.test/')).rejects.toMatchObject({ code: 'address-refused' });
    await expect(outbound.check('http://none.test/')).rejects.toMatchObject({ code: 'network-failure' });
    await outbound.close();
  });

  test('A request connects to the address that was checked, although the name resolves to another one at once', async () => {
    const asked: string[] = [];
    const outbound = createOutbound({
      allowHosts: ['127.0.0.1'],
      resolve: (name) => {
        asked.push(name);
        return Promise.resolve([{ address: asked.length === 1 ? '127.0.0.1' : '10.9.9.9', family: 4 }]);
      },
    });
    const answer = await outbound.fetch({ url: `http://rebind.test:${port}/` });
    expect(answer.status).toBe(200);
    expect(answer.headers['x-host']).toBe(`rebind.test:${port}`);
    expect(asked).toEqual(['rebind.test']);
    await outbound.close();
  });

  test.each(['inner.test', 'INNER.test', '127.0.0.0/8', '127.0.0.1', '::ffff:127.0.0.1'])(
    'A private address is allowed when OUTBOUND_ALLOW_HOSTS has the entry %s',
    async (entry) => {
      const outbound = createOutbound({ allowHosts: [entry], resolve });
      const answer = await outbound.fetch({ url: `http://inner.test:${port}/` });
      expect(answer.status).toBe(200);
      await outbound.close();
    },
  );

  test('An allowed entry with a port allows only that port', async () => {
    const outbound = createOutbound({ allowHosts: [`inner.test:${port}`, '127.0.0.1:80'], resolve });
    await expect(outbound.check(`http://inner.test:${port}/`)).resolves.toBeUndefined();
    await expect(outbound.check(`http://inner.test:${port + 1}/`)).rejects.toMatchObject({ code: 'address-refused' });
    await expect(outbound.check('http://127.0.0.1/')).resolves.toBeUndefined();
    await expect(outbound.check(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'address-refused' });
    await outbound.close();
  });

  test.each(['http://x.test/', 'a/b', 'u@x.test', '', '10.0.0.0/99'])(
    'OUTBOUND_ALLOW_HOSTS rejects the entry %j',
    (entry) => {
      expect(() => createOutbound({ allowHosts: [entry] })).toThrow('OUTBOUND_ALLOW_HOSTS');
    },
  );
});

describe('TLS uses the server name of the URL', () => {
  test('A TLS connection to a checked address sends the server name of the URL', async () => {
    const names: string[] = [];
    const server = createTlsServer({ ...selfSigned(), SNICallback: (name, done) => (names.push(name), done(null)) });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port: tlsPort } = server.address() as AddressInfo;
    const resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
    const outbound = createOutbound({ allowHosts: ['127.0.0.1'], resolve });
    const sent = outbound.fetch({ url: `https://named.test:${tlsPort}/` });
    await expect(sent).rejects.toMatchObject({ code: 'network-failure' }); // the certificate is self-signed
    expect(names).toEqual(['named.test']);
    await outbound.close();
    server.close();
  });
});

describe('The target of a redirect is checked like the first URL', () => {
  test('A redirect reaches neither the metadata service nor a file', async () => {
    const outbound = createOutbound({ allowHosts: [`127.0.0.1:${port}`] });
    const base = `http://127.0.0.1:${port}`;
    await expect(outbound.fetch({ url: `${base}/to-metadata` })).rejects.toMatchObject({ code: 'address-refused' });
    await expect(outbound.fetch({ url: `${base}/to-file` })).rejects.toMatchObject({ code: 'url-refused' });
    await outbound.close();
  });

  test('A redirect reaches neither the mail server of a public host nor a store of an allowed host', async () => {
    const outbound = createOutbound({ allowHosts: ['127.0.0.1'] });
    for (const path of ['/to-mail', '/to-store']) {
      const sent = outbound.fetch({ url: `http://127.0.0.1:${port}${path}` });
      await expect(sent).rejects.toMatchObject({ name: 'OutboundRefused', code: 'address-refused' });
    }
    await outbound.close();
  });
});
