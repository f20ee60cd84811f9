/** A suite's own size, or less where `SLUICE_BENCH_ROWS` says so. The bars are meant for the full size. */
export const scaled = (full: number): number => Math.max(1, Math.min(full, number('SLUICE_BENCH_ROWS') ?? full))

/** Interleaved pairs of a comparison; `SLUICE_BENCH_ROUNDS` overrides it. */
export const rounds = (usual: number): number => Math.max(1, number('SLUICE_BENCH_ROUNDS') ?? usual)

/** How long a silent worker keeps its tasks, milliseconds: the platform's default unless `SLUICE_BENCH_LEASE_MS` says otherwise. */
export const lease = (): number => number('SLUICE_BENCH_LEASE_MS') ?? 10_000

/** Of the database that is saved and restored, about: 500 unless `SLUICE_BENCH_BACKUP_MB` says otherwise; 5000 is the long form. */
export const backupMegabytes = (): number => number('SLUICE_BENCH_BACKUP_MB') ?? 500

function number(name: string): number | undefined {
  const text = process.env[name]
  if (text === undefined || text === '') return undefined
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new Error(`${name} must be a whole number above 0, not "${text}".`)
}
