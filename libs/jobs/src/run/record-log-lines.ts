import type { JobKey } from '@turno/postgres';
import type { EventWriter, Signal } from '@turno/redis';
import { type LineLimits, toLogLine } from './to-log-line.ts';

/** What a handler logs, on its way to whoever follows the job. */
export interface LogLines {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  /** Call it when the attempt is over and before its end is written: so all lines come before that. */
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

interface Held {
  key: JobKey;
  lines: string[];
  /** As far as the last answer of Redis says. */
  followed: boolean;
  over: boolean;
}

const sendEveryMs = 250;
/** While nobody follows a job its latest lines wait here, and are offered now and then. */
const offerEvery = 4;
const blockedMax = 50;

/** Sends what handlers log, four times a second. Bounded in number and length, and best effort. */
export function createLogLineRecorder({ events, signal, limits }: LogLineOptions): LogLineRecorder {
  const running = new Set<Held>();
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
    for (const held of running) if (held.followed || ticks % offerEvery === 0) void send(held);
  }, sendEveryMs);

  async function send(held: Held): Promise<void> {
    if (held.lines.length === 0) return;
    const lines = held.lines.splice(0);
    held.followed = await events.append(
      held.key,
      lines.map((data) => ({ type: 'log', version: 0, data })),
    );
    if (held.followed) signal(held.key.jobId, 'more');
    else if (!held.over) held.lines = [...lines, ...held.lines].slice(-blockedMax);
  }

  return {
    begin({ attempt, ...key }) {
      const held: Held = { key, lines: [], followed: true, over: false };
      running.add(held);
      const lineOf = toLogLine(attempt, limits);
      const note = (level: 'info' | 'warn') => (message: string, fields?: Record<string, unknown>) => {
        const line = lineOf(level, message, fields);
        if (line === undefined || held.over) return;
        held.lines.push(line);
        if (held.lines.length < blockedMax) return;
        if (held.followed) void send(held);
        else held.lines.shift();
      };
      return {
        info: note('info'),
        warn: note('warn'),
        end() {
          running.delete(held);
          held.over = true;
          void send(held);
        },
      };
    },
    close: () => clearInterval(timer),
  };
}
