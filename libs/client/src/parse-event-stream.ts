import { createParser } from 'eventsource-parser';

/** One event of a `text/event-stream`. */
export interface ServerSentEvent {
  id: string;
  type: string;
  data: string;
}

export interface EventStreamParser {
  /** Returns the events that this piece of text completes. */
  push(text: string): ServerSentEvent[];
  /** Returns the milliseconds that the server asks for before the next connection. */
  retryMs(): number | undefined;
}

/** Creates a parser of server-sent events (WHATWG HTML, section 9.2.6) that takes the text in pieces of any size. */
export function createEventStreamParser(): EventStreamParser {
  let lastId = '';
  let retryMs: number | undefined;
  let complete: ServerSentEvent[] = [];
  const parser = createParser({
    onEvent({ id, event: type = 'message', data }) {
      lastId = id ?? lastId; // an event without an id has that of the event before
      complete.push({ id: lastId, type, data });
    },
    onRetry: (ms) => (retryMs = ms),
  });
  return {
    push(text) {
      parser.feed(text);
      const events = complete;
      complete = [];
      return events;
    },
    retryMs: () => retryMs,
  };
}
