export { announce, hearAnnouncements } from './announcements.ts';
export type { Channel, Topic } from './announcements.ts';
export { createJobCache } from './job-cache.ts';
export type { JobCache } from './job-cache.ts';
export { createJobListener, signalJob } from './job-signals.ts';
export type { JobListener } from './job-signals.ts';
export { openRedis } from './open-redis.ts';
export type { RedisOptions, RedisRole } from './open-redis.ts';
