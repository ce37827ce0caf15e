import type { AttemptResult, AttemptTask } from '@turno/jobs';
import type { HandlerContext } from '@turno/kinds';
import { type CpuChild, type CpuChildOptions, startCpuChild } from './cpu-child.ts';

export interface CpuPool {
  /** Runs one task in a child that does nothing else meanwhile. Never rejects. */
  run(task: AttemptTask, services: Pick<HandlerContext, 'fetch' | 'usage' | 'files' | 'log'>): Promise<AttemptResult>;
  /** Kills all children, busy ones too. */
  close(): Promise<void>;
}

interface CpuPoolOptions extends Omit<CpuChildOptions, 'memoryMb'> {
  /** Tasks at once. */
  concurrency: number;
}

/** The cap that most kinds have: children with it are kept warm before they are needed. */
const usualMemoryMb = 512;

/**
 * Keeps warm children: as many as tasks may run at once, and one to spare, so that the task after a kill does not wait for a
 * process to start. Children with another memory cap are started when asked for, and take the place of an idle one.
 */
export function createCpuPool({ concurrency, ...options }: CpuPoolOptions): CpuPool {
  const idle: CpuChild[] = [];
  const busy = new Set<CpuChild>();
  let closed = false;
  const size = concurrency === 0 ? 0 : concurrency + 1;
  refill();

  function refill(): void {
    while (!closed && idle.length + busy.size < size) idle.push(startCpuChild({ ...options, memoryMb: usualMemoryMb }));
  }

  function take(memoryMb: number): CpuChild {
    for (let index = idle.length - 1; index >= 0; index -= 1) if (!idle[index]?.alive()) idle.splice(index, 1);
    const fitting = idle.findIndex((child) => child.memoryMb === memoryMb);
    const [child] = fitting === -1 ? [] : idle.splice(fitting, 1);
    return child ?? startCpuChild({ ...options, memoryMb });
  }

  function giveBack(child: CpuChild): void {
    busy.delete(child);
    if (child.alive()) idle.unshift(child);
    while (idle.length + busy.size > size) void idle.pop()?.kill();
    refill();
  }

  return {
    async run(task, services) {
      for (;;) {
        const child = take(task.entry.limits.memoryMb);
        busy.add(child);
        const result = await child.run(task, services).finally(() => giveBack(child));
        if (result !== undefined) return result; // a new child always has one
      }
    },
    async close() {
      closed = true;
      await Promise.all([...idle, ...busy].map((child) => child.kill()));
    },
  };
}
