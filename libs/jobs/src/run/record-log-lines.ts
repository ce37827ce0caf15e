import type { JobKey } from '@turno/postgres';
import type { EventWriter, Signal } from '@turno/redis';
import { type LineLimits, toLogLine } from './to-log-line.ts';

/** The log of one attempt's handler, on its way to the followers of the job. */
export interface LogLines {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  /**
   * Sends the last lines.
   * Call it before the attempt's end is written, so that every line comes before that event.
   */
  end(): void;
}

export interface LogLineRecorder {
  begin(attempt: JobKey & { attempt: number }): LogLines;
  close(): void;
}

export interface LogLineOptions {
  events: EventWriter;
  signal: (jobId: string, signal: Signal) => void;
  limits: LineLimits;
}

interface LineBuffer {
  key: JobKey;
  lines: string[];
  /** According to Redis's last answer. */
  followed: boolean;
  over: boolean;
}

const sendEveryMs = 250;
/** Lines of a job without followers stay in the buffer and are offered to Redis in every fourth round. */
const offerEvery = 4;
const bufferedMax = 50;

/**
 * Creates the recorder that sends log lines of handlers to event streams, four times a second.
 * Best effort. An attempt without followers keeps its latest 50 lines for the first follower.
 */
export function createLogLineRecorder({ events, signal, limits }: LogLineOptions): LogLineRecorder {
  const running = new Set<LineBuffer>();
  let rounds = 0;
  let timer: NodeJS.Timeout | undefined;
  const startRounds = () => {
    timer ??= setInterval(() => {
      rounds += 1;
      for (const buffer of running) if (buffer.followed || rounds % offerEvery === 0) void send(buffer);
      if (running.size === 0) stopRounds();
    }, sendEveryMs);
  };
  const stopRounds = () => {
    clearInterval(timer);
    timer = undefined;
  };

  async function send(buffer: LineBuffer): Promise<void> {
    if (buffer.lines.length === 0) return;
    const lines = buffer.lines.splice(0);
    buffer.followed = await events.append(
      buffer.key,
      lines.map((data) => ({ type: 'log', version: 0, data })),
    );
    if (buffer.followed) signal(buffer.key.jobId, { kind: 'more' });
    else if (!buffer.over) buffer.lines = [...lines, ...buffer.lines].slice(-bufferedMax);
  }

  return {
    begin({ attempt, ...key }) {
      const buffer: LineBuffer = { key, lines: [], followed: true, over: false };
      running.add(buffer);
      const lineOf = toLogLine(attempt, limits);
      const record = (level: 'info' | 'warn') => (message: string, fields?: Record<string, unknown>) => {
        const line = lineOf(level, message, fields);
        if (line === undefined || buffer.over) return;
        buffer.lines.push(line);
        startRounds();
        if (buffer.lines.length < bufferedMax) return;
        if (buffer.followed) void send(buffer);
        else buffer.lines.shift();
      };
      return {
        info: record('info'),
        warn: record('warn'),
        end() {
          running.delete(buffer);
          buffer.over = true;
          void send(buffer);
        },
      };
    },
    close: stopRounds,
  };
}
