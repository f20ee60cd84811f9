import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { requestErrors } from '@sluice/core'
import type { FolderNow } from '../plan/plan-project.ts'

/** What lies in a folder; one that does not exist is empty. @throws `request.invalid` for a file */
export function readFolder(folder: string): FolderNow {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw requestErrors.invalid(`${folder} is a file, not a folder`, { facts: { folder }, next: 'Choose another name for the folder.' })
  }
  return {
    names: entriesOf(folder),
    get hasCode() {
      return hasCode(folder)
    },
    read: (path) => orUndefined(() => readFileSync(join(folder, path), 'utf8')),
  }
}

const entriesOf = (folder: string): readonly string[] =>
  orUndefined(() => readdirSync(folder, { withFileTypes: true }))
    ?.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort() ?? []

const hasCode = (folder: string): boolean =>
  entriesOf(folder).some((name) => {
    if (name.startsWith('.') || name === 'node_modules/') return false
    return name.endsWith('/') ? hasCode(join(folder, name)) : /\.[cm]?[jt]sx?$/.test(name)
  })

function orUndefined<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
