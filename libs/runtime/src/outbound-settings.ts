import { secretKeys } from './secret-keys.ts';
import { list } from './settings.ts';

/** Settings of every process that sends webhooks or registers where to. Spread them into an app's own schema. */
export const outboundSettings = {
  ...secretKeys,
  OUTBOUND_ALLOW_HOSTS: list().prefault(''),
};
