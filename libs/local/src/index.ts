export { startPostgres } from './postgres.ts';
export { startRedis } from './redis.ts';
export type { RedisOptions } from './redis.ts';
export type { LocalStore, StoreOptions } from './local-store.ts';
export { StartFault } from './start-fault.ts';
export { startHere } from './start-here.ts';
