import type { Delivery, Endpoint } from '@turno/contract';
import { expect } from 'vitest';
import { withConstants } from '../apps/constants.ts';
import { eventually } from '../eventually.ts';
import type { Turno } from '../apps/start-turno.ts';

export type RegisteredEndpoint = Endpoint & { secret: string };

/** An environment in which deliveries that take minutes as shipped take seconds. */
export const quickWebhooks = {
  OUTBOUND_ALLOW_HOSTS: '127.0.0.1,localhost',
  ...withConstants({ deliveries: { dispatchEveryMs: 100, lostAfterMs: 1_000, timeoutMs: 60_000, pauseMs: 100 } }),
};

type Asked = Pick<Turno, 'request'>;

export async function register(turno: Asked, url: string, events?: string[]): Promise<RegisteredEndpoint> {
  const response = await turno.request('/v1/endpoints', { body: { url, ...(events && { events }) } });
  const body = (await response.json()) as RegisteredEndpoint;
  expect(response.status, JSON.stringify(body)).toBe(201);
  return body;
}

export async function listDeliveries(turno: Asked, query: string): Promise<Delivery[]> {
  const response = await turno.request(`/v1/deliveries?${query}`);
  expect(response.status).toBe(200);
  return ((await response.json()) as { deliveries: Delivery[] }).deliveries;
}

/** The one delivery of a query, once it looks like this. */
export function deliveryBecomes(turno: Asked, query: string, wanted: Partial<Delivery>): Promise<Delivery> {
  return eventually(async () => {
    const [delivery] = await listDeliveries(turno, query);
    expect(delivery).toMatchObject(wanted);
    return delivery as Delivery;
  });
}
