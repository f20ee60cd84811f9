import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '@sluice/process'
import type { LineageCache, NodeColumns } from '@sluice/transform'

export interface KeptLineage extends LineageCache {
  /** Writes what was asked for since, where something is new. What nobody asked for goes. */
  keep(): Promise<void>
}

/** The lineage of statements by their text, kept in the state directory. A file that does not read is as none. */
export async function openLineageCache(stateDir: string, project: string): Promise<KeptLineage> {
  const path = join(stateDir, `lineage-${project}.json`)
  const known = new Map<string, NodeColumns>(await entriesIn(path))
  const used = new Map<string, NodeColumns>()
  let isNew = false
  return {
    get: (key) => {
      const found = known.get(key)
      if (found !== undefined) used.set(key, found)
      return found
    },
    set: (key, value) => {
      known.set(key, value)
      used.set(key, value)
      isNew = true
    },
    keep: async () => {
      if (isNew) await replaceFile(path, JSON.stringify([...used]), { mode: 0o600 })
    },
  }
}

async function entriesIn(path: string): Promise<readonly (readonly [string, NodeColumns])[]> {
  try {
    const found: unknown = JSON.parse(await readFile(path, 'utf8'))
    return Array.isArray(found) ? (found as readonly (readonly [string, NodeColumns])[]) : []
  } catch {
    return []
  }
}
