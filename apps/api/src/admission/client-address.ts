import { toClientNetwork } from '@turno/runtime';
import type { Request } from 'express';

/**
 * Returns the client's address.
 * TRUST_PROXY decides which header is believed; a trusted proxy may still pass on no address.
 */
export function clientAddressOf(req: Request): string {
  return toClientNetwork(req.ip ?? '') ?? toClientNetwork(req.socket.remoteAddress ?? '') ?? 'unknown';
}
