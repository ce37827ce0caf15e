export { makeApiKey, parseApiKey } from './api-key.ts';
export { createAuthenticate } from './authenticate.ts';
export type { Authenticate, Caller } from './authenticate.ts';
export { ensureFirstKey, readFirstKey } from './first-key.ts';
