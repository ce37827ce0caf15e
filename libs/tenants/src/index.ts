export { makeApiKey, parseApiKey } from './api-key.ts';
export { createAuthenticate } from './authenticate.ts';
export type { Authenticate, Caller } from './authenticate.ts';
export { ensureFirstKey, readFirstKey } from './first-key.ts';
export { limitFailedAttempts } from './failed-attempts.ts';
export type { Attempt } from './failed-attempts.ts';
export type { Standing } from './held-bucket.ts';
export { createLimiter } from './limiter.ts';
export type { Limiter } from './limiter.ts';
