import { expect, test } from 'vitest';
import { startApi } from '../support/apps/start-api.ts';

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
