/** Where the system looks for programs. */
export const searchPath = process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin';
