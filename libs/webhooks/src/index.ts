export { deliver } from './deliver.ts';
export type { DeliverDeps } from './deliver.ts';
export { deliveryConstants, type DeliveryConstants } from './delivery-constants.ts';
export { createDispatchNext } from './dispatch-next.ts';
export {
  dispatchDueDeliveries,
  exhaustUnwantedDeliveries,
  failuresMax,
  purgeOldDeliveries,
} from './dispatch-due-deliveries.ts';
export { redispatchLostDeliveries } from './redispatch-lost-deliveries.ts';
export type { RedispatchDeliveriesDeps } from './redispatch-lost-deliveries.ts';
export { resealSecrets } from './secrets.ts';
export { retryDelayMs } from './retry-delay.ts';
export { createUrlVetter } from './vet-url.ts';
export { changeEndpoint, readEndpoint, registerEndpoint, removeEndpoint, rotateSecret } from './endpoints.ts';
export type { EndpointDeps } from './endpoints.ts';
export { listDeliveryPage, readDelivery, redeliverOne, redeliverSince } from './deliveries.ts';
export { createJobWebhooks } from './job-webhook.ts';
export type { OwnWebhook, VetJobWebhooks, VettedWebhooks } from './job-webhook.ts';
