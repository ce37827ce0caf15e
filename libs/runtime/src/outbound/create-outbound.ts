import type { Agent } from 'undici';
import { parseAllowList } from './allow-list.ts';
import { OutboundFailure, OutboundRefused } from './errors.ts';
import { sendRequest, type OutboundRequest, type OutboundResponse } from './send-request.ts';
import { createGuard, parseTarget, portOf, type Resolve } from './guard.ts';
import { createResolver } from './resolve.ts';

export interface OutboundOptions {
  /** Entries `host`, `host:port`, IP address or CIDR range to which requests may go although they are private. */
  allowHosts: readonly string[];
  /** Replaces the resolution by hosts file, name servers and system. */
  resolve?: Resolve;
}

export interface Outbound {
  /**
   * Sends a request over a pooled connection.
   * Resolves with any status; rejects with OutboundRefused or OutboundFailure.
   */
  fetch(request: OutboundRequest): Promise<OutboundResponse>;
  /** Resolves when a request to this URL would be allowed now; rejects as `fetch` would. Does not connect. */
  check(url: string): Promise<void>;
  /** Closes all connections, also those in use. */
  close(): Promise<void>;
}

/**
 * Creates the client for all requests to addresses that users chose (SSRF guard).
 * It connects only to allowed addresses.
 */
export function createOutbound(options: OutboundOptions): Outbound {
  const guard = createGuard(parseAllowList(options.allowHosts), options.resolve ?? createResolver());
  let agent: Promise<Agent> | undefined;
  let closed = false;
  // Loaded on first use: undici is a tenth of the code of a process, and most processes send nothing for a while.
  const open = () => (agent ??= import('./connector.ts').then(({ createAgent }) => createAgent(guard)));
  return {
    async fetch(request) {
      if (closed) throw new OutboundFailure('network-failure', 'this process is stopping');
      return sendRequest(await open(), request);
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
