import { type ConsumerOptions, type Consumer, openConsumer } from './consumer.ts';
import { type HandedTicket, type PackData, ticketsOf } from './pack.ts';

export interface TicketConsumerOptions extends Omit<ConsumerOptions<PackData>, 'process'> {
  /**
   * Starts the tickets of one BullMQ job, which ends when this resolves. It takes the slots that the handlers need.
   * A throw marks the BullMQ job as failed with that message and has no other effect.
   */
  process: (tickets: HandedTicket[]) => Promise<void>;
}

/** Starts consuming a queue of jobs, whose BullMQ jobs carry one ticket or a pack. */
export function createTicketConsumer({ process, ...options }: TicketConsumerOptions): Consumer {
  const { queue } = options;
  return openConsumer<PackData>({
    ...options,
    sizeOf: (data) => ('tickets' in data ? data.tickets.length : 1),
    process({ data, kind }) {
      if ('failure' in data) throw new Error(data.failure);
      return process(ticketsOf({ data, kind, queue }));
    },
  });
}
