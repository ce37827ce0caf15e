import type { Agent } from 'undici';
import { parseAllowList } from './allow-list.ts';
import { OutboundFailure, OutboundRefused } from './errors.ts';
import { exchange, type OutboundRequest, type OutboundResponse } from './send-request.ts';
import { createGuard, parseTarget, portOf, type Resolve } from './guard.ts';
import { createResolver } from './resolve.ts';

export interface OutboundOptions {
  /** `host`, `host:port`, an IP address or CIDR: where private addresses are allowed after all. */
  allowHosts: readonly string[];
  /** Instead of the hosts file, the name servers and the system. */
  resolve?: Resolve;
}

export interface Outbound {
  /** Sends a request over a pooled connection. Any status is an answer; rejects with OutboundRefused or OutboundFailure. */
  fetch(request: OutboundRequest): Promise<OutboundResponse>;
  /** Resolves when a request to this URL would be allowed now; rejects as `fetch` would, without connecting. */
  check(url: string): Promise<void>;
  /** Ends all connections, those in use too. */
  close(): Promise<void>;
}

/** The one way out of the service: every connection it opens goes to a vetted address. */
export function createOutbound(options: OutboundOptions): Outbound {
  const guard = createGuard(parseAllowList(options.allowHosts), options.resolve ?? createResolver());
  let agent: Promise<Agent> | undefined;
  let closed = false;
  // The library is a tenth of what a process loads, and most have nothing to send for a while.
  const open = () => (agent ??= import('./connector.ts').then(({ createAgent }) => createAgent(guard)));
  return {
    async fetch(request) {
      if (closed) throw new OutboundFailure('network-failure', 'this process is ending');
      return exchange(await open(), request);
    },
    async check(text) {
      const url = parseTarget(text);
      try {
        await guard.vet(url.hostname, portOf(url));
      } catch (error) {
        if (error instanceof OutboundRefused) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        throw new OutboundFailure('network-failure', reason, { cause: error });
      }
    },
    async close() {
      closed = true;
      await (await agent)?.destroy();
    },
  };
}
