export { startPostgres } from './postgres.ts';
export { startRedis } from './redis.ts';
export type { LocalStore } from './local-store.ts';
export { StartFault } from './start-fault.ts';
export { startHere } from './start-here.ts';
