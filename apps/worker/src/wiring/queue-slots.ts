import type { QueueName } from '@turno/contract';
import type { Config } from '../config.ts';

/**
 * Returns how many attempts of each queue run here at once.
 * A queue without a number is not served.
 */
export function queueSlotsOf(settings: Config): Partial<Record<QueueName, number>> {
  const { WORKER_QUEUES: queues, CPU_CONCURRENCY: cpu, IO_CONCURRENCY: io } = settings;
  return { ...(queues.includes('cpu') && { cpu }), ...(queues.includes('io') && { io }) };
}
