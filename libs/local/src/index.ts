export { startDev } from './dev/start-dev.ts';
export { startPostgres } from './postgres/start-postgres.ts';
export { startRedis } from './redis/start-redis.ts';
export type { LocalStore } from './stores/start-on-port.ts';
export { StartFault } from './start-fault.ts';
export { startHere } from './turno/start-here.ts';
