import { beforeAll, expect, it } from 'vitest';
import { startBoard, type Board } from '../support/start-board.ts';

let board: Board;
beforeAll(async () => {
  board = await startBoard();
});

it.each(['/', '/queue/cpu', '/livez', '/static/images/logo.svg'])(
  'forbids the browser, on %s, to load anything from outside',
  async (path) => {
    const { headers } = await board.request(path);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    const sources = policy.split(';').flatMap((directive) => directive.trim().split(' ').slice(1));
    expect(sources.filter((source) => !["'self'", "'none'", "'unsafe-inline'", 'data:'].includes(source))).toEqual([]);
    expect(policy).not.toMatch(/script-src|default-src[^;]*unsafe/);
    expect(headers.get('x-powered-by')).toBeNull();
  },
);

it('serves a page that asks for nothing from outside, and everything it asks for', async () => {
  const page = await (await board.request('/')).text();
  const asked = [...page.matchAll(/<(?:link|script|img)\b[^>]*?\b(?:href|src)="([^"]+)"/g)].map(
    (match) => match[1] ?? '',
  );
  expect(asked.length).toBeGreaterThan(3);
  for (const path of asked) {
    expect(path).not.toMatch(/^(?:[a-z]+:)?\/\//);
    expect((await board.request(`/${path}`)).status).toBe(200);
  }
});
