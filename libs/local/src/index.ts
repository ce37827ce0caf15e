export { startDev } from './dev/start-dev.ts';
export { startPostgres } from './postgres/start-postgres.ts';
export { startRedis } from './redis/start-redis.ts';
export type { LocalStore } from './stores/start-on-port.ts';
export { StartError } from './start-error.ts';
export { startHere } from './turno/start-here.ts';
