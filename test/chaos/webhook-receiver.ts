import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { openTcpGate, type TcpGate } from '../support/http/tcp-gate.ts';
import type { History } from './history.ts';
import type { Random } from './random.ts';

/** Whose secret signs what comes on this path: the endpoint's, or the one for URLs that single jobs name. */
export type HookPath = 'endpoint' | 'job';

/** Hears of the ends of jobs, writes down each try and answers as it likes. */
export interface WebhookReceiver {
  endpointUrl: string;
  jobUrl(key: string): string;
  trust(path: HookPath, secret: string): void;
  /** What stands in front of it. */
  gate: TcpGate;
  /** From now on it takes everything, as all is mended at the end. */
  behave(): void;
  close(): void;
}

/** Of so many jobs one is told in vain, on each try. */
const hopelessOneIn = 300;

export async function startWebhookReceiver(history: History, random: Random): Promise<WebhookReceiver> {
  const verifiers = new Map<string, Webhook>();
  const server = createServer((req, res) => void take(req, res).catch(() => req.destroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const gate = await openTcpGate((server.address() as AddressInfo).port);
  const base = `http://127.0.0.1:${gate.port}`;
  let closed = false;
  let behaves = false;

  async function take(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = Buffer.concat((await req.toArray()) as Buffer[]);
    if (closed) return;
    const [, path = '', key = ''] = (req.url ?? '').split('/');
    const { type, data } = JSON.parse(String(body)) as { type: string; data: { id: string; run: number } };
    const behaviour = behaves ? taking : isHopeless(data.id) ? refusing : choose(random);
    history.record({
      type: 'webhook',
      id: String(req.headers['webhook-id']),
      job: data.id,
      run: data.run,
      event: type,
      own: path === 'job' ? decodeURIComponent(key) : '',
      hash: createHash('sha256').update(body).digest('base64'),
      verified: isVerified(verifiers.get(path), body, req.headers),
      status: behaviour.status,
    });
    await behaviour.answer(res);
  }

  return {
    endpointUrl: `${base}/endpoint`,
    jobUrl: (key) => `${base}/job/${encodeURIComponent(key)}`,
    trust: (path, secret) => void verifiers.set(path, new Webhook(secret)),
    gate,
    behave: () => void (behaves = true),
    close() {
      closed = true;
      gate.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

function isVerified(verifier: Webhook | undefined, body: Buffer, headers: IncomingHttpHeaders): boolean {
  try {
    verifier?.verify(body, headers as Record<string, string>);
    return verifier !== undefined;
  } catch {
    return false;
  }
}

interface Behaviour {
  /** What it means to say: 0 is nothing at all. Whether the sender still hears it is another matter. */
  status: number;
  answer(res: ServerResponse): unknown;
}

const status = (code: number, headers = {}): Behaviour => ({
  status: code,
  answer: (res) => res.writeHead(code, headers).end(),
});
const taking = status(204);
const refusing = status(500);
const busy = status(429, { 'retry-after': '1' });
const resetting: Behaviour = { status: 0, answer: (res) => res.destroy() };
const silent: Behaviour = { status: 0, answer: () => {} };

const slow = (ms: number): Behaviour => ({
  status: 200,
  answer: async (res) => {
    await delay(ms);
    res.end();
  },
});

/** 429 is rare, since it keeps everything from this receiver for a second. */
function choose(random: Random): Behaviour {
  const roll = random.next();
  if (roll < 0.001) return busy;
  if (roll < 0.002) return silent;
  if (roll < 0.007) return slow(random.between(300, 1_800));
  if (roll < 0.016) return resetting;
  return roll < 0.046 ? refusing : taking;
}

function isHopeless(jobId: string): boolean {
  return createHash('sha256').update(jobId).digest().readUInt32BE() % hopelessOneIn === 0;
}
