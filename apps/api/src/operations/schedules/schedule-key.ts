import type { ScheduleKey } from '@turno/postgres';
import type { Request } from 'express';
import { pathParameter } from '../../http/request/path-parameter.ts';

/** Returns the schedule that the path names. */
export function scheduleKeyOf(req: Request, tenantId: string): ScheduleKey {
  return { tenantId, name: pathParameter(req, 'name') };
}

/** Schedules change with every run, so nothing may keep them. */
export const scheduleHeaders = { 'Cache-Control': 'private, no-store' };
