/** The database was made by other migrations than this version's; it was not changed. The message is one line. */
export class ForeignMigrationsError extends Error {
  constructor({ host, port, database }: { host: string[]; port: number[]; database: string }) {
    const address = host.map((name, index) => `${name}:${port[index] ?? ''}`).join(',');
    super(
      `The database "${database}" at ${address} was made by migrations that this version does not have and was not changed: ` +
        'to begin anew, name an empty database in DATABASE_URL.',
    );
    this.name = 'ForeignMigrationsError';
  }
}
