/** Connections of this process that requests occupy for long: event streams, or waits for a job. */
export interface ConnectionShares {
  /** Takes a slot until the returned function is called; `tenant-full` or `all-full` when there is none. */
  take(tenantId: string): (() => void) | 'tenant-full' | 'all-full';
}

export interface ShareLimits {
  /** Of one tenant, whatever number of keys it has. */
  perTenantMax: number;
  /** Of all tenants together. */
  allMax: number;
}

/**
 * Returns the limits of event streams for a process that takes `connectionsMax` connections.
 * A stream occupies a connection for as long as its client likes: all streams together leave half of the connections
 * free, and one tenant gets at most half of theirs.
 */
export function streamLimitsOf(connectionsMax: number, perTenantMax: number): ShareLimits {
  const allMax = atLeastOne(connectionsMax / 2);
  return { allMax, perTenantMax: Math.min(perTenantMax, atLeastOne(allMax / 2)) };
}

/** Returns the limits of waits, which end within a minute: they leave a quarter of the connections free. */
export function waitLimitsOf(connectionsMax: number): ShareLimits {
  return { allMax: atLeastOne(0.75 * connectionsMax), perTenantMax: atLeastOne(connectionsMax / 2) };
}

function atLeastOne(count: number): number {
  return Math.max(1, Math.floor(count));
}

export function createConnectionShares(limits: ShareLimits): ConnectionShares {
  const taken = new Map<string, number>();
  let all = 0;
  return {
    take(tenantId) {
      const count = taken.get(tenantId) ?? 0;
      if (count >= limits.perTenantMax) return 'tenant-full';
      if (all >= limits.allMax) return 'all-full';
      taken.set(tenantId, count + 1);
      all += 1;
      let released = false;
      return () => {
        if (released) return;
        released = true;
        all -= 1;
        const left = (taken.get(tenantId) ?? 1) - 1;
        if (left === 0) taken.delete(tenantId);
        else taken.set(tenantId, left);
      };
    },
  };
}
