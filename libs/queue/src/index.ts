export { createConsumer } from './consumer.ts';
export type { Consumer, ConsumerOptions, HandedTicket } from './consumer.ts';
export { openQueues } from './open-queues.ts';
export { createProducer } from './producer.ts';
export type { Producer, QueuedTicket } from './producer.ts';
export { queueNames } from './queue-options.ts';
export type { QueueConnection, QueueName } from './queue-options.ts';
export { readEvictionPolicy } from './eviction-policy.ts';
