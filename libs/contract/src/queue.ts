/** The queues that kinds name, each with its own window and workers' slots. */
export const queueNames = ['cpu', 'io'] as const;
export type QueueName = (typeof queueNames)[number];
