import type { ChildProcess } from 'node:child_process'

/**
 * What a child prints is printed by us. A child that has the terminal itself gives it back at its end as it was at its start: keys that
 * we read one by one since then would wait for a new line.
 */
export function passOn({ stdout, stderr }: ChildProcess): void {
  stdout?.pipe(process.stdout, { end: false })
  stderr?.pipe(process.stderr, { end: false })
}
