import { type DueTask, dueTasks, findBacklogs, type Pauses, type Postgres, readDueWork } from '@turno/postgres';
import { type Log, repeat, type Repeated, type RepeatOptions } from '@turno/runtime';

export interface PauseWatch {
  /** Returns the paused queues and kinds, at most a second old. */
  now(): Pauses;
}

/**
 * What waits in Postgres, as this process knows it.
 * Tasks without work run no statement: they start when a reading or a notice shows that work is due.
 */
export interface DueWorkWatch extends PauseWatch {
  hasBacklog(queue: string): boolean;
  /** Records that a job joined the queue's backlog, before the next reading shows it. */
  noteBacklog(queue: string): void;
  /** Returns whether the task has work now. */
  isDue(task: DueTask): boolean;
  /** Records that the task has work in `inMs`, before the next reading shows it. */
  note(task: DueTask, inMs?: number): void;
  /** Calls `wake` whenever the task has work. */
  onDue(task: DueTask, wake: () => void): void;
  /** Calls `wake` with each queue that has a backlog, at every reading and note. */
  onBacklog(wake: (queue: string) => void): void;
  /** Reads soon, since something has changed. */
  refresh(): void;
  stop(): Promise<void>;
}

/** A signal may be lost; then a pause, or work that is due, is seen after this time and a tenth. */
const readEveryMs = 700;
/** While jobs wait, the end of a backlog shows soon: until then no new job goes straight to BullMQ. */
const backlogEveryMs = 100;

/** Starts the watch with a first reading. While Postgres is away the last known state holds. */
export async function watchDueWork({ sql, log }: { sql: Postgres['sql']; log: Log }): Promise<DueWorkWatch> {
  let pauses: Pauses = { queues: new Set(), kinds: new Set() };
  const backlogs = createNotes<string>();
  const dueAt = createNotes<DueTask>();
  const wakes = new Map<DueTask, (() => void)[]>();
  const backlogWakes: ((queue: string) => void)[] = [];
  let alarm: NodeJS.Timeout | undefined;

  const wakeDue = () => {
    clearTimeout(alarm);
    const due = dueTasks.filter((task) => dueAt.isDue(task));
    for (const task of due) for (const wake of wakes.get(task) ?? []) wake();
    const nextInMs = dueAt.nextInMs();
    // Later than the next reading is too early to plan.
    if (nextInMs < 2 * readEveryMs) alarm = setTimeout(wakeDue, nextInMs + 1);
  };
  const wakeBacklogs = () => {
    for (const queue of backlogs.due()) for (const wake of backlogWakes) wake(queue);
    if (backlogs.due().length > 0) polling.wake();
  };
  const read = async () => {
    const beganAt = performance.now();
    const work = await readDueWork(sql);
    pauses = work.pauses;
    backlogs.replace(new Map([...work.backlogs].map((queue) => [queue, 0])), beganAt);
    dueAt.replace(new Map(dueTasks.map((task) => [task, work.inMs[task]])), beganAt);
  };
  await read();
  const reading = repeat(log, { task: 'read-due-work', everyMs: readEveryMs }, async () => {
    await read();
    wakeBacklogs();
    wakeDue();
  });
  const polling: Repeated = repeat(
    log,
    { task: 'find-backlogs', everyMs: backlogEveryMs, isDue: () => backlogs.due().length > 0 },
    async () => {
      const beganAt = performance.now();
      backlogs.replace(new Map([...(await findBacklogs(sql))].map((queue) => [queue, 0])), beganAt);
    },
  );
  wakeDue();
  return {
    now: () => pauses,
    hasBacklog: (queue) => backlogs.isDue(queue),
    noteBacklog(queue) {
      backlogs.note(queue, 0);
      polling.wake();
      for (const wake of backlogWakes) wake(queue);
    },
    isDue: (task) => dueAt.isDue(task),
    note(task, inMs = 0) {
      dueAt.note(task, inMs);
      wakeDue();
    },
    onDue(task, wake) {
      wakes.set(task, [...(wakes.get(task) ?? []), wake]);
      if (dueAt.isDue(task)) wake();
    },
    onBacklog(wake) {
      backlogWakes.push(wake);
      for (const queue of backlogs.due()) wake(queue);
    },
    refresh: () => reading.soon(),
    async stop() {
      clearTimeout(alarm);
      await Promise.all([reading.stop(), polling.stop()]);
    },
  };
}

/** The times at which names are due. A reading replaces all of them but those noted since it began. */
function createNotes<Name extends string>() {
  let known = new Map<Name, { atMs: number; notedAtMs: number }>();
  const isDue = (name: Name) => performance.now() >= (known.get(name)?.atMs ?? Infinity);
  return {
    isDue,
    due: () => [...known.keys()].filter(isDue),
    nextInMs() {
      const now = performance.now();
      return Math.min(...[...known.values()].map(({ atMs }) => atMs - now).filter((inMs) => inMs > 0));
    },
    note(name: Name, inMs: number) {
      const now = performance.now();
      known.set(name, { atMs: Math.min(now + inMs, known.get(name)?.atMs ?? Infinity), notedAtMs: now });
    },
    replace(read: ReadonlyMap<Name, number>, beganAtMs: number) {
      const now = performance.now();
      const later = new Map([...known].filter(([, { notedAtMs }]) => notedAtMs >= beganAtMs));
      for (const [name, inMs] of read)
        if (!later.has(name)) later.set(name, { atMs: now + inMs, notedAtMs: -Infinity });
      known = later;
    },
  };
}

/** Repeats the work of a task only while it is due, as `repeat` does; it begins `everyMs` after its last end at most. */
export function repeatWhenDue(
  { dueWork, log }: { dueWork: Pick<DueWorkWatch, 'isDue' | 'onDue'>; log: Log },
  { due, ...named }: RepeatOptions & { due: DueTask },
  work: () => Promise<void>,
): Repeated {
  const task = repeat(log, { ...named, isDue: () => dueWork.isDue(due) }, work);
  dueWork.onDue(due, () => task.wake());
  return task;
}
