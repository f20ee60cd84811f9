import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface SmallDisk extends Disposable {
  readonly path: string
  /** Why none can be mounted here; else empty. Whoever skips a test for it is told on the terminal. */
  readonly why: string
}

/** A disk of 3 MB that a test can fill, mounted where the process may. */
export function smallDisk(): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'sluice full '))
  const why = whyNotMounted(path)
  if (why !== '') console.warn(`1 skipped: ${why}`)
  return {
    path,
    why,
    [Symbol.dispose]: () => {
      if (why === '') execFileSync('umount', [path])
      rmdirSync(path)
    },
  }
}

function whyNotMounted(path: string): string {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', path], { stdio: 'pipe' })
    return ''
  } catch (thrown) {
    return `no small disk can be mounted here (${String(thrown).split('\n')[0]})`
  }
}
