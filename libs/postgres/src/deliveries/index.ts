export {
  deleteEndpoint,
  findEndpoint,
  insertEndpoint,
  listEndpoints,
  purgeEndpoints,
  updateEndpoint,
} from './endpoints.ts';
export type { EndpointKey, EndpointRow } from './endpoints.ts';
export { purgeFailingAddresses } from './failing-addresses.ts';
export type { OneOff } from './one-off-endpoints.ts';
export { ensureOneOffs, findOneOffs, restoreOneOffs } from './one-off-endpoints.ts';
export { listHandedOver, releaseDeliveries, releaseOtherLives } from './lost-deliveries.ts';
export {
  forgetOldSecrets,
  listForeignSecrets,
  putWebhookSecret,
  resealSecret,
  rotateWebhookSecret,
} from './webhook-secrets.ts';
export type { OwnedSecret, StoredSecret } from './webhook-secrets.ts';
export { exhaustUnwanted, takeDueDeliveries } from './take-deliveries.ts';
export type { BreakerOptions, DeliveryOutcome, DeliveryTicket } from './delivery-outcome.ts';
export { claimDeliveries } from './claim-deliveries.ts';
export type { ClaimedDelivery } from './claim-deliveries.ts';
export { recordDeliveries } from './record-deliveries.ts';
export type { DisabledEndpoint } from './record-deliveries.ts';
export { listDeliveries } from './list-deliveries.ts';
export type { DeliveryFilter, DeliveryRow } from './list-deliveries.ts';
export { purgeDeliveries, redeliver, redeliverExhausted } from './redeliver.ts';
export { addReceiver, takesReceiver } from './add-receiver.ts';
export { writeDeliveries } from './write-deliveries.ts';
