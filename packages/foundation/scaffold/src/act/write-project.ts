import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { requestErrors } from '@sluice/core'
import type { ProjectPlan } from '../plan/plan-project.ts'

/** Carries a plan out. A file that has appeared or changed since it was planned is not overwritten. @throws `request.invalid` */
export async function writeProject(folder: string, plan: ProjectPlan): Promise<void> {
  for (const { path, text } of plan.writes) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? meanwhile(path) : error
    })
  }
  for (const { path, before, text } of plan.extends) {
    if ((await readFile(join(folder, path), 'utf8')) !== before) throw meanwhile(path)
    await writeFile(join(folder, path), text)
  }
}

const meanwhile = (path: string) =>
  requestErrors.invalid(`${path} was written by somebody else meanwhile`, { facts: { path }, next: 'Look at it, and begin again.' })
