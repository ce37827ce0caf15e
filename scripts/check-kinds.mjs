// node scripts/check-kinds.mjs <folder>: loads all kinds as an API process does, and the handlers of the folder as a
// worker does. Prints each fault.
const { findUnloadable, loadCatalogue } = await import('@turno/kinds');

try {
  const catalogue = await loadCatalogue({ kindsDir: process.argv[2] });
  const faults = await findUnloadable([...catalogue.values()].filter(({ isBuiltIn }) => !isBuiltIn));
  if (faults.length > 0) throw new Error(faults.join('\n'));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
process.exit(); // a handler may have left a timer
