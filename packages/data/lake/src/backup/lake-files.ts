import { manifestEnding } from '../gold/list.ts'
import type { LakeStorage } from '../storage/storage.ts'

export interface LakeFile {
  /** Relative to the lake, with `/`. */
  readonly path: string
  readonly size: number
  readonly modifiedMs: number
  read(): AsyncIterable<Buffer>
}

const layers = ['gold', 'silver', 'bronze'] as const

/**
 * The files of the lakes of projects, as they can be saved one after another while others write. What names files (logs of tables,
 * manifests of exports) is listed first, and what is read from before what was made of it, so that all that is named is there: gold before
 * silver before bronze, and a table before its quarantine, whose commit comes first. What came meanwhile and is not named yet is a batch
 * that a restored platform writes again.
 */
export async function lakeFiles(storage: LakeStorage, projects: readonly string[]): Promise<readonly LakeFile[]> {
  const naming: LakeFile[] = []
  const others: LakeFile[] = []
  for (const project of projects)
    for (const layer of layers) {
      const folders = layer === 'gold' ? [''] : (await storage.folders(`${project}/${layer}`)).map((name) => `${name}/_delta_log`)
      for (const folder of folders) naming.push(...(await filesOf(storage, `${project}/${layer}`, folder)).filter(isNaming))
    }
  for (const project of projects)
    for (const layer of layers) others.push(...(await filesOf(storage, `${project}/${layer}`, '')).filter((file) => !isNaming(file)))
  return [...naming, ...others]
}

/** The hint of the last checkpoint is written over; a reader does without. */
const isNaming = ({ path }: Pick<LakeFile, 'path'>): boolean =>
  (path.includes('/_delta_log/') && !path.endsWith('/_last_checkpoint')) || (path.includes('/gold/') && path.endsWith(manifestEnding))
const isPassing = (path: string): boolean => /(^|\/)(\.[^/]*\.tmp|_spool\/.*|_last_checkpoint)$/.test(path)

async function filesOf(storage: LakeStorage, at: string, folder: string): Promise<LakeFile[]> {
  const store = storage.at(at)
  return (await store.walk(folder))
    .filter(({ path }) => !isPassing(path))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path, size, modifiedMs }) => ({
      path: `${at}/${path}`,
      size,
      modifiedMs,
      async *read() {
        for (let offset = 0; offset < size || offset === 0; offset += partBytes) {
          const part = await store.readBytes(path, { offset, length: partBytes })
          if (part === undefined) throw new FileIsGone(`${at}/${path}`)
          yield Buffer.from(part.buffer, part.byteOffset, part.byteLength)
        }
      },
    }))
}

const partBytes = 8 << 20

/** A file that was listed and has been taken away since, by retention or by a cleanup: the list is made anew. */
export class FileIsGone extends Error {}
