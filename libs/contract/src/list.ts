import { z } from 'zod';
import { askedText, askedTime } from './asked.ts';
import { job, jobStates } from './job.ts';

/** Which jobs are meant, wherever jobs are chosen by what they are. */
export const filterFields = {
  state: z.enum(jobStates).optional(),
  kind: askedText(100).optional(),
  tag: askedText(64).optional().describe('One of the tags of the job'),
  createdAfter: askedTime.optional().describe('Accepted at this time or later'),
  createdBefore: askedTime.optional().describe('Accepted before this time'),
  q: askedText(200)
    .refine((value) => /[\p{L}\p{M}\p{N}]{3}/u.test(value), {
      error: 'must hold a word of at least 3 letters or digits',
    })
    .optional()
    .describe(
      'Words that are all in the id, tags, latest error, input (its first 16 KiB) or metadata; shorter ones than 3 letters do not count. ' +
        'A job is found within 5 s',
    ),
};

interface Times {
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
}

/** For `refine`: a time span that nothing can be in is a mistake. */
export function inOrder({ createdAfter, createdBefore }: Times): boolean {
  return (
    createdAfter === undefined || createdBefore === undefined || Date.parse(createdAfter) < Date.parse(createdBefore)
  );
}

export const notInOrder: { path: string[]; error: string } = {
  path: ['createdBefore'],
  error: 'must be later than createdAfter',
};

const pageLimitMax = 100;

/** The query of `GET /v1/jobs`. */
export const listQuery = z
  .strictObject({
    ...filterFields,
    cursor: z.string().min(1).max(300).optional().describe('The `nextCursor` of the page before'),
    limit: z
      .string()
      .regex(/^[1-9]\d{0,2}$/, { error: `must be a whole number from 1 to ${pageLimitMax}` })
      .transform(Number)
      .refine((value) => value <= pageLimitMax, { error: `must be a whole number from 1 to ${pageLimitMax}` })
      .prefault('20')
      .describe(`Jobs on a page, at most ${pageLimitMax}`),
  })
  .refine(inOrder, notInOrder);
export type ListQuery = z.input<typeof listQuery>;

/** A page of jobs, newest first. */
export const jobList = z
  .object({
    jobs: z.array(job),
    nextCursor: z
      .string()
      .nullable()
      .describe('For the next page; null on the last one. A page may be short, or empty, and not be the last'),
  })
  .meta({ id: 'JobList' });
export type JobList = z.infer<typeof jobList>;
