import type { MadeKey, MadeTenant, NewTenant, Tenant, TenantChange } from '@turno/contract';
import type { KeyOptions } from './keys.ts';
import { readPages } from './read-pages.ts';
import { pathOf, type Requests } from './request.ts';

export interface TenantPage {
  tenants: Tenant[];
  nextCursor: string | null;
}

/** All tenants: only for a key of the first one with the scope admin, else `forbidden`. An id that is none: `tenant-not-found`. */
export interface Tenants {
  /** A hundred at most. Go on with the `nextCursor` until that is null. */
  list(cursor?: string): Promise<TenantPage>;
  /** All of them, page by page as they are asked for. */
  listAll(): AsyncIterable<Tenant>;
  /** Makes a tenant and its first key, which is shown this once. Of the plan `free` when none is named. */
  create(tenant: Pick<NewTenant, 'name'> & Partial<NewTenant>): Promise<MadeTenant>;
  get(id: string): Promise<Tenant>;
  /** Changes what is named; `disabled: false` enables again. Refused with `first-tenant` where that one would be disabled. */
  change(id: string, change: TenantChange): Promise<Tenant>;
  /** Its keys open nothing from within five seconds on; nothing of it is erased. Refused with `first-tenant`. */
  disable(id: string): Promise<void>;
  /** Makes a key of any tenant: the way back for one whose keys are lost. */
  createKey(id: string, key: KeyOptions): Promise<MadeKey>;
}

export function createTenants({ send, ask }: Requests): Tenants {
  const list = (cursor?: string) => ask<TenantPage>(pathOf('tenants'), { query: { cursor } });
  return {
    list,
    listAll: () =>
      readPages(async (cursor) => {
        const { tenants, nextCursor } = await list(cursor);
        return { items: tenants, nextCursor };
      }),
    create: (tenant) => ask(pathOf('tenants'), { method: 'POST', body: tenant }),
    get: (id) => ask(pathOf('tenants', id)),
    change: (id, change) => ask(pathOf('tenants', id), { method: 'PATCH', body: change }),
    disable: async (id) => void (await send(pathOf('tenants', id), { method: 'DELETE' })),
    createKey: (id, key) => ask(pathOf('tenants', id, 'keys'), { method: 'POST', body: key }),
  };
}
