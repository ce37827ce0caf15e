import type { Request } from 'express';
import { pathParameter } from '../../http/request/path-parameter.ts';

/** Returns the endpoint that the path names. */
export function endpointKeyOf(req: Request, tenantId: string): { tenantId: string; endpointId: string } {
  return { tenantId, endpointId: pathParameter(req, 'endpointId') };
}
