/** One event of a `text/event-stream`, as the standard dispatches it. */
export interface ServerSentEvent {
  id: string;
  type: string;
  data: string;
}

export interface EventStreamParser {
  /** The events that this piece of text completes. */
  push(text: string): ServerSentEvent[];
  /** Milliseconds that the server asks for before the next connection. */
  retryMs(): number | undefined;
}

/** Parses server-sent events (WHATWG HTML, section 9.2.6), whatever pieces they come in. */
export function createEventStreamParser(): EventStreamParser {
  let rest = '';
  let lastId = '';
  let retryMs: number | undefined;
  let event = { type: '', data: [] as string[] };
  const take = (line: string): ServerSentEvent | undefined => {
    if (line === '') {
      const { type, data } = event;
      event = { type: '', data: [] };
      return data.length === 0 ? undefined : { id: lastId, type: type || 'message', data: data.join('\n') };
    }
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') event.type = value;
    else if (field === 'data') event.data.push(value);
    else if (field === 'id' && !value.includes('\0')) lastId = value;
    else if (field === 'retry' && /^\d+$/.test(value)) retryMs = Number(value);
    return undefined;
  };
  return {
    push(text) {
      // A lone CR at the end may be half of a CRLF.
      const all = rest + text;
      const lines = all.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      return lines.flatMap((line) => take(line) ?? []);
    },
    retryMs: () => retryMs,
  };
}
