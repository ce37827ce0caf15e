export { findApiKey, putApiKey } from './find-key.ts';
export type { ValidKey } from './find-key.ts';
export { listKeys, makeKey, noteKeysUsed, revokeKey } from './keys.ts';
export {
  changeTenant,
  findTenant,
  findTenantWithPlan,
  listPlans,
  listTenants,
  makeTenant,
  putPlan,
} from './tenants.ts';
export { addRequests, readTenantJobs } from './monthly-usage.ts';
export type { MonthRequests } from './monthly-usage.ts';
export { clearDeletedTenant, deleteTenant } from './deletions.ts';
