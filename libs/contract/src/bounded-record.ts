import { z } from 'zod';

/**
 * Makes the schema of a record that has at most `membersMax` members.
 * The number is judged first: zod takes 10 µs for each member of a record, 2 s for those that one body can have.
 */
export function boundedRecord<K extends z.core.$ZodRecordKey, V extends z.ZodType>(
  record: z.ZodRecord<K, V>,
  { membersMax, error }: { membersMax: number; error: string },
) {
  const { $schema: _dialect, ...jsonSchema } = z.toJSONSchema(record, { io: 'input' });
  const short = z.unknown().refine((value) => !hasMore(value, membersMax), { error, abort: true });
  // The JSON Schema of a pipe is that of its first part, which takes any value.
  return (short as unknown as z.ZodType<z.input<typeof record>>).pipe(record).meta(jsonSchema);
}

function hasMore(value: unknown, membersMax: number): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > membersMax;
}
