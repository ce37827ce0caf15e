import type { AttemptResult, WantedHandBack } from '@turno/jobs';
import type { Catalogue } from '@turno/kinds';

export interface Handlers {
  catalogue: Catalogue;
  lines: string[];
  run(kind: string, input?: unknown): Promise<AttemptResult | WantedHandBack>;
  stop(kind: string, input?: unknown): Promise<unknown>;
  close(): Promise<void>;
}

export function openHandlers(options: {
  root: string;
  settings?: Record<string, unknown>;
  lines?: string[];
}): Promise<Handlers>;
