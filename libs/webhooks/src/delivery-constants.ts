/**
 * How deliveries are sent and sent again. The contract names the retry delays; tests start workers with shorter values.
 */
export const deliveryConstants = {
  /** Deliveries that one worker sends at a time. */
  concurrency: 50,
  /** Deliveries to one endpoint at a time, of all workers together. */
  perEndpointMax: 5,
  /** The time a receiver has for its whole answer. */
  timeoutMs: 15_000,
  /** Between two searches for due deliveries. */
  dispatchEveryMs: 200,
  /** A delivery that no worker began to send is dispatched again after this time. */
  lostAfterMs: 30_000,
  /** Seconds before the second try, the third, and so on, each a tenth more or less. After the last try: exhausted. */
  retrySeconds: [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400],
  /** The pause of an endpoint after five failures in a row; each further failure doubles it, up to `pauseMsMax`. */
  pauseMs: 10_000,
  pauseMsMax: 300_000,
};

export type DeliveryConstants = typeof deliveryConstants;
