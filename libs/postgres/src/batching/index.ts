export { createBatcher } from './batcher.ts';
export type { Batcher } from './batcher.ts';
