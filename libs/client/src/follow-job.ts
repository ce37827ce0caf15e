import type { Job, LogEvent, ProgressEvent, StateEvent } from '@turno/contract';
import { createEventStreamParser } from './parse-event-stream.ts';
import { pause, pauseWhenBusy } from './pause.ts';

/** One event of a job. The last event is `done` and contains the job. */
export type JobEvent =
  | { id: string; type: 'state'; data: StateEvent }
  | { id: string; type: 'progress'; data: ProgressEvent }
  | { id: string; type: 'log'; data: LogEvent }
  | { id: string; type: 'done'; data: Job };

export interface EventsOptions {
  /** Ends the iteration, which throws the reason of the signal. */
  signal?: AbortSignal;
  /** Continues after this event, as far as the server still has the later events. */
  lastEventId?: string;
}

/** Sends one request. Throws a `TurnoError` for a refusal. */
export type Open = (init: { headers: Record<string, string>; signal?: AbortSignal }) => Promise<Response>;

const reconnectMs = 1_000;

/**
 * Yields each event of a job once, until `done`. A connection that ends or breaks before `done` is opened again and
 * continues after the last event. Throws a `TurnoError` when the job does not exist or the key may not read it.
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
    if (response?.status === 204) return; // the client has the last event already
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

/** Yields the body as text. A broken connection ends the text without an error. */
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

/** True for the error of `fetch` when there is no answer. */
function isNetworkError(error: unknown): boolean {
  return error instanceof TypeError;
}
