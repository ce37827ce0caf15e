/**
 * Returns the shipped constants with those of TEST_CONSTANTS in their place; groups and names of other apps are
 * ignored.
 */
export function joinConstants(shipped, text) {
  const given = JSON.parse(text ?? '{}');
  return Object.fromEntries(
    Object.entries(shipped).map(([group, constants]) => {
      const known = Object.entries(given[group] ?? {}).filter(([name]) => name in constants);
      return [group, { ...constants, ...Object.fromEntries(known) }];
    }),
  );
}
