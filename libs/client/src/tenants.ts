import type { MadeKey, MadeTenant, NewTenant, Tenant, TenantChange } from '@turno/contract';
import { createTenantJobs, type TenantJobs } from './jobs.ts';
import type { KeyOptions } from './keys.ts';
import { readPages } from './read-pages.ts';
import { pathOf, type Requests } from './request.ts';

export interface TenantPage {
  tenants: Tenant[];
  nextCursor: string | null;
}

/**
 * All tenants. Calls need an admin key of the operator tenant, else `forbidden`. An unknown id throws
 * `tenant-not-found`.
 */
export interface Tenants {
  /** Reads one page of at most 100 tenants. After the last page `nextCursor` is null. */
  list(cursor?: string): Promise<TenantPage>;
  /** Yields all tenants. Reads the next page when it is needed. */
  listAll(): AsyncIterable<Tenant>;
  /** Creates a tenant, by default with the plan `free`, and its first key. Only this answer contains the key. */
  create(tenant: Pick<NewTenant, 'name'> & Partial<NewTenant>): Promise<MadeTenant>;
  get(id: string): Promise<Tenant>;
  /**
   * Changes the given fields; `disabled: false` enables the tenant. Throws `first-tenant` to keep the operator tenant
   * enabled.
   */
  change(id: string, change: TenantChange): Promise<Tenant>;
  /** Disables the tenant: its keys are refused within five seconds, its jobs still run. `change` enables it again. */
  disable(id: string): Promise<void>;
  /**
   * Deletes the tenant for good: its keys are refused, its jobs are cancelled. Throws `first-tenant` for the operator
   * tenant.
   */
  delete(id: string): Promise<void>;
  /** Creates a key of any tenant, for a tenant that has lost its keys. */
  createKey(id: string, key: KeyOptions): Promise<MadeKey>;
  /** Reads, cancels and retries the jobs of a tenant. */
  jobs(id: string): TenantJobs;
}

export function createTenants({ send, fetchJson }: Requests): Tenants {
  const list = (cursor?: string) => fetchJson<TenantPage>(pathOf('tenants'), { query: { cursor } });
  return {
    list,
    listAll: () =>
      readPages(async (cursor) => {
        const { tenants, nextCursor } = await list(cursor);
        return { items: tenants, nextCursor };
      }),
    create: (tenant) => fetchJson(pathOf('tenants'), { method: 'POST', body: tenant }),
    get: (id) => fetchJson(pathOf('tenants', id)),
    change: (id, change) => fetchJson(pathOf('tenants', id), { method: 'PATCH', body: change }),
    disable: async (id) => void (await send(pathOf('tenants', id), { method: 'PATCH', body: { disabled: true } })),
    delete: async (id) => void (await send(pathOf('tenants', id), { method: 'DELETE' })),
    createKey: (id, key) => fetchJson(pathOf('tenants', id, 'keys'), { method: 'POST', body: key }),
    jobs: (id) => createTenantJobs({ fetchJson }, (...more) => pathOf('tenants', id, 'jobs', ...more)),
  };
}
