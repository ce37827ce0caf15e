import type { Job, LogEvent, ProgressEvent, StateEvent } from '@turno/contract';
import { createEventStreamParser } from './parse-event-stream.ts';
import { pause, pauseWhenBusy } from './pause.ts';

/** What happens to a job. The last one is `done`, with the job itself. */
export type JobEvent =
  | { id: string; type: 'state'; data: StateEvent }
  | { id: string; type: 'progress'; data: ProgressEvent }
  | { id: string; type: 'log'; data: LogEvent }
  | { id: string; type: 'done'; data: Job };

export interface EventsOptions {
  /** Ends the iteration, which then throws the signal's reason. */
  signal?: AbortSignal;
  /** Goes on after this event, as far as the server still knows what came after it. */
  lastEventId?: string;
}

/** Sends one request, throws what is refused. */
export type Open = (init: { headers: Record<string, string>; signal?: AbortSignal }) => Promise<Response>;

const reconnectMs = 1_000;

/**
 * Yields each event once, over as many connections as it takes: one that ends or breaks before `done` is opened again where it
 * was. Ends after `done`. Throws a `TurnoError` when the job is not there (any more) or the key may not read it.
 */
export async function* followJob(
  open: Open,
  { signal, lastEventId = '' }: EventsOptions,
): AsyncGenerator<JobEvent, void> {
  let lastId = lastEventId;
  for (;;) {
    signal?.throwIfAborted();
    const headers = { accept: 'text/event-stream', ...(lastId !== '' && { 'last-event-id': lastId }) };
    const response = await open({ headers, ...(signal && { signal }) }).catch((error: unknown) => {
      signal?.throwIfAborted();
      return isNetworkError(error) ? undefined : pauseWhenBusy(error, signal);
    });
    if (response?.status === 204) return; // the end is known already
    const parser = createEventStreamParser();
    for await (const text of response === undefined ? [] : textOf(response)) {
      for (const { id, type, data } of parser.push(text)) {
        lastId = id;
        yield { id, type, data: JSON.parse(data) as unknown } as JobEvent;
        if (type === 'done') return;
      }
    }
    signal?.throwIfAborted();
    await pause(parser.retryMs() ?? reconnectMs, signal);
  }
}

/** The body as it comes; a connection that breaks is an end like another. */
async function* textOf(response: Response): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  try {
    for (;;) {
      const read = await reader?.read().catch(() => undefined);
      if (read === undefined || read.done) return;
      yield decoder.decode(read.value, { stream: true });
    }
  } finally {
    await reader?.cancel().catch(() => {});
  }
}

/** What `fetch` throws when nobody answers. */
function isNetworkError(error: unknown): boolean {
  return error instanceof TypeError;
}
