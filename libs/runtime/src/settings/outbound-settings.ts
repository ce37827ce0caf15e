import { secretKeys } from './secret-key-settings.ts';
import { list } from './read-settings.ts';

/** Settings of every process that sends webhooks or registers where to. Spread them into an app's own schema. */
export const outboundSettings = {
  ...secretKeys,
  OUTBOUND_ALLOW_HOSTS: list().prefault(''),
};
