import { onTestFinished } from 'vitest';

export interface SentEvent {
  id: string;
  type: string;
  data: Record<string, unknown>;
}

export interface EventReading {
  response: Response;
  events: SentEvent[];
  /** All that came, word for word. */
  text(): string;
  /** Resolves when the server has ended the stream or cut the line. */
  ended: Promise<void>;
  leave(): void;
}

export interface ReadEventsOptions {
  key: string;
  lastEventId?: string;
}

/** Reads an event stream by the letter of its standard. Left when the test ends. */
export async function readEvents(url: string, { key, lastEventId }: ReadEventsOptions): Promise<EventReading> {
  const client = new AbortController();
  onTestFinished(() => client.abort());
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${key}`, ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) },
    signal: client.signal,
  });
  const reading = { events: [] as SentEvent[], text: '' };
  return {
    response,
    events: reading.events,
    text: () => reading.text,
    ended: consume(response, reading).catch(() => {}),
    leave: () => client.abort(),
  };
}

async function consume(response: Response, reading: { events: SentEvent[]; text: string }): Promise<void> {
  let parsed = 0;
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    reading.text += decoder.decode(chunk as Uint8Array, { stream: true });
    for (let end = reading.text.indexOf('\n\n', parsed); end !== -1; end = reading.text.indexOf('\n\n', parsed)) {
      const event = parse(reading.text.slice(parsed, end));
      if (event !== undefined) reading.events.push(event);
      parsed = end + 2;
    }
  }
}

function parse(block: string): SentEvent | undefined {
  const fields = block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]);
  const valueOf = (name: string) =>
    fields
      .filter(([field]) => field === name)
      .map(([, value]) => value)
      .join('\n');
  if (valueOf('data') === '') return undefined;
  return { id: valueOf('id'), type: valueOf('event'), data: JSON.parse(valueOf('data')) as Record<string, unknown> };
}
