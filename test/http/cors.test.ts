import { expect, test } from 'vitest';
import { startApi } from '../support/apps/start-api.ts';

const origin = 'https://app.example.com';

test('A page of another origin may read an answer only when CORS_ORIGINS names its origin', async () => {
  const [closed, open] = await Promise.all([startApi(), startApi({ CORS_ORIGINS: origin })]);
  for (const path of ['/v1/kinds', '/openapi.json', '/livez']) {
    const refused = await closed.request(path, { headers: { origin } });
    expect([...refused.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    const stranger = await open.request(path, { headers: { origin: 'https://evil.example.com' } });
    expect([...stranger.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(stranger.headers.get('vary')).toContain('Origin');
    const allowed = await open.request(path, { headers: { origin } });
    expect(allowed.headers.get('access-control-allow-origin')).toBe(origin);
    expect(allowed.headers.get('access-control-expose-headers')).toContain('Retry-After');
    expect(allowed.headers.get('access-control-allow-credentials')).toBeNull();
  }
  const headers = {
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization',
  };
  const preflight = await open.request('/v1/jobs', { method: 'OPTIONS', key: null, headers });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
  expect(preflight.headers.get('access-control-allow-headers')).toContain('Idempotency-Key');
});
