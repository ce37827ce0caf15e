import type { NewJob } from '@turno/postgres';

export function newJob(fields?: Partial<NewJob>): NewJob;
