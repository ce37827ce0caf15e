export function interleave<Report>(
  variants: readonly string[],
  order: { rounds: number; run: (variant: string) => Promise<Report> },
): Promise<Record<string, Report[]>>;
