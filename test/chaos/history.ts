import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** What clients and the nemesis saw, one JSON line each, `at` in milliseconds. */
export type Entry =
  | { type: 'accepted'; key: string; id: string; kind: string; failsWith?: string; own?: string[] }
  /** An answer that says the job was not taken. 503 leaves it open. */
  | { type: 'refused'; key: string; status: number }
  /** No answer: the job may exist or not. */
  | { type: 'unanswered'; key: string }
  | { type: 'seen'; id: string; run: number; state: string; version: number }
  | { type: 'cancelled' | 'retried'; id: string; run: number; status: number }
  /**
   * A try that came in whole. `own`: the key of the job whose own URL it was; `status`: what the receiver said to it.
   */
  | {
      type: 'webhook';
      id: string;
      job: string;
      run: number;
      event: string;
      own: string;
      hash: string;
      verified: boolean;
      status: number;
    }
  | { type: 'fault'; name: string; phase: string };

export type Recorded = Entry & { at: number };

export interface History {
  file: string;
  record(entry: Entry): void;
  close(): Promise<void>;
}

export function openHistory(file: string): History {
  const stream = createWriteStream(file, { flags: 'wx' });
  return {
    file,
    record: (entry) => void stream.write(`${JSON.stringify({ at: Date.now(), ...entry })}\n`),
    close: () => new Promise((resolve) => stream.end(resolve)),
  };
}

/** All lines of a file that are JSON; one that a killed process left half written is passed over. */
export async function readLines<T>(file: string): Promise<T[]> {
  const lines: T[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    try {
      lines.push(JSON.parse(line) as T);
    } catch {
      // half a line
    }
  }
  return lines;
}
