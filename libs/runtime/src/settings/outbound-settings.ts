import { list } from './read-settings.ts';
import { secretKeys } from './secret-key-settings.ts';

/** Settings of every process that sends webhooks or registers endpoints. An app's schema contains them. */
export const outboundSettings = {
  ...secretKeys,
  OUTBOUND_ALLOW_HOSTS: list().prefault(''),
};
