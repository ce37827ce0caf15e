export { createClient } from './client.ts';
export type { Client, ClientOptions, JobOptions, WaitOptions } from './client.ts';
export { TurnoError } from './turno-error.ts';
