import { expect, test } from 'vitest';
import { startApi } from '../support/apps/start-api.ts';
import { checkedFetch } from '../support/http/checked-request.ts';

test('The docs page and all its parts come from the API, under a policy that allows no other origin', async () => {
  const { url } = await startApi();
  const page = await fetch(`${url}/docs`);
  const html = await page.text();
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  // One policy: with two of them a browser obeys both, and loads nothing.
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';[^,]+$/);
  const addresses = [...html.matchAll(/(?:src|href)="([^"]+)"/g)]
    .map(([, address]) => address ?? '')
    .filter((address) => !address.startsWith('data:'));
  expect(addresses).toEqual(['/docs/swagger-ui.css', '/docs/swagger-ui-bundle.js', '/docs/start.js']);
  for (const address of addresses) {
    const part = await fetch(`${url}${address}`);
    expect([address, part.status]).toEqual([address, 200]);
    expect(part.headers.get('content-type')).toMatch(/^text\/(css|javascript); charset=utf-8$/);
    expect((await part.text()).length).toBeGreaterThan(50);
    const again = await fetch(`${url}${address}`, { headers: { 'if-none-match': part.headers.get('etag') ?? '' } });
    expect(again.status).toBe(304);
  }
  expect((await fetch(`${url}/livez`)).headers.get('content-security-policy')).not.toContain('script-src');
});

/** What Firefox sends for an address that is typed. */
const ofBrowser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

test('GET / answers a browser with a page that leads on, under a policy without scripts', async () => {
  const { url } = await startApi();
  const page = await checkedFetch(url, '/', { headers: { accept: ofBrowser } });
  const html = await page.text();
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('vary')).toContain('Accept');
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[^']+';[^,]+$/);
  expect(page.headers.get('content-security-policy')).not.toMatch(/unsafe|script-src/);
  const links = [...html.matchAll(/href="(\/[^"]+)"/g)].map(([, link]) => link ?? '');
  expect(links).toEqual(['/docs', '/openapi.json', '/readyz?verbose']);
  for (const link of links) expect((await fetch(`${url}${link}`)).status).toBe(200);
  for (const word of ['board', 'README', '.turno/key']) expect(html).toContain(word);
  const etag = page.headers.get('etag') ?? '';
  expect((await checkedFetch(url, '/', { headers: { accept: ofBrowser, 'if-none-match': etag } })).status).toBe(304);
});

test.each(['*/*', 'application/json', undefined])(
  'GET / answers a program that accepts %s with JSON',
  async (accept) => {
    const { url } = await startApi();
    const answer = await checkedFetch(url, '/', accept === undefined ? {} : { headers: { accept } });
    expect(answer.headers.get('content-type')).toBe('application/json');
    const paths = (await answer.json()) as Record<string, string>;
    expect(paths).toMatchObject({ name: 'Turno', docs: '/docs', openapi: '/openapi.json' });
  },
);
