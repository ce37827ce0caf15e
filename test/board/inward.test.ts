import { beforeAll, expect, test } from 'vitest';
import { startBoard, type Board } from '../support/apps/start-board.ts';

let board: Board;
beforeAll(async () => {
  board = await startBoard();
});

test.each(['/', '/queue/cpu', '/livez', '/static/images/logo.svg'])(
  'The board forbids the browser to load anything from other hosts on %s',
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

test('The page of the board loads only files of the board, and the board serves all of them', async () => {
  const page = await (await board.request('/')).text();
  const paths = [...page.matchAll(/<(?:link|script|img)\b[^>]*?\b(?:href|src)="([^"]+)"/g)].map(
    (match) => match[1] ?? '',
  );
  expect(paths.length).toBeGreaterThan(3);
  for (const path of paths) {
    expect(path).not.toMatch(/^(?:[a-z]+:)?\/\//);
    expect((await board.request(`/${path}`)).status).toBe(200);
  }
});
