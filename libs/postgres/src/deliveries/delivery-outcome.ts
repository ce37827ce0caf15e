/** A delivery to hand to a worker through BullMQ. */
export interface DeliveryTicket {
  deliveryId: string;
  ticket: number;
}

/** The outcome of one try. */
export interface DeliveryOutcome extends DeliveryTicket {
  /** `handed-back`: not tried, another worker tries it, and the try does not count. */
  to: 'delivered' | 'pending' | 'exhausted' | 'handed-back';
  endpointId: string;
  /** The URL, when a job named it itself. Then a failure concerns this address, unless there was no connection. */
  address: string | null;
  /** True when the receiver was connected. */
  reached: boolean;
  /** For `pending`: until the next try, on the database's clock. */
  delayMs: number;
  /** Why the delivery is exhausted although it had tries left. */
  reason: string | null;
  durationMs: number;
  status: number | null;
  error: string | null;
  response: string | null;
  /** How long the receiver asked for a pause; 0: not at all. */
  pauseMs: number;
  /** The reason for which the endpoint is disabled; null: it is not. */
  disable: string | null;
}

export interface BreakerOptions {
  /** After so many consecutive failures the endpoint is paused, longer each time. */
  failuresMax: number;
  pauseMs: number;
  pauseMsMax: number;
  /** An endpoint that fails for so long without a success is disabled. */
  disableAfterMs: number;
}
