import { z } from 'zod';
import { inputText } from './input-fields.ts';
import { job, jobStates } from './job.ts';
import { hasSearchWord, indexedPairsMax, indexedWordsMax } from './search-words.ts';
import { inputTime } from './time.ts';

/** The fields that select jobs, in a list and in a bulk retry. */
export const filterFields = {
  state: z.enum(jobStates).optional(),
  kind: inputText(100).optional(),
  tag: inputText(64).optional().describe('A tag that the job has'),
  createdAfter: inputTime.optional().describe('Accepted at this time or later'),
  createdBefore: inputTime.optional().describe('Accepted before this time'),
  q: inputText(200)
    .refine(hasSearchWord, {
      error: 'must contain a word of at least 3 letters or digits, or 2 characters of a script without spaces',
    })
    .optional()
    .describe(
      'Words that must all be in the id, tags, latest error, metadata or input (its first 16,384 characters), without ' +
        'regard to case or to the way in which accents are encoded; words below 3 letters are ignored. Chinese, ' +
        'Japanese, Korean, Thai, Lao, Burmese and Khmer text is found by any part of 2 characters or more, by its ' +
        `pairs of neighbouring characters. The first ${indexedWordsMax} different words and the first ` +
        `${indexedPairsMax} different pairs of a job are indexed, in that order of fields. A job can be found within ` +
        '5 s of its acceptance',
    ),
};

interface Times {
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
}

/** Returns false for an empty time span, which can only be a mistake. For `refine`. */
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
    cursor: z.string().min(1).max(300).optional().describe('The `nextCursor` of the previous page'),
    limit: z
      .string()
      .regex(/^[1-9]\d{0,2}$/, { error: `must be a whole number from 1 to ${pageLimitMax}` })
      .transform(Number)
      .refine((value) => value <= pageLimitMax, { error: `must be a whole number from 1 to ${pageLimitMax}` })
      .prefault('20')
      .describe(`The number of jobs on a page, at most ${pageLimitMax}`),
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
      .describe(
        'The cursor of the next page; null on the last page. A page may be short or empty without being the last',
      ),
  })
  .meta({ id: 'JobList' });
export type JobList = z.infer<typeof jobList>;
