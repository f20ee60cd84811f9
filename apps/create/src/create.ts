import { mkdir } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import {
  askTemplate,
  askText,
  changeFolder,
  checkedName,
  installPackages,
  nameOfFolder,
  type ProjectPlan,
  planProject,
  readFolder,
  refuseUsedFolder,
  startRepository,
  writeProject,
} from '@sluice/scaffold'
import type { CreateLine } from './line.ts'

export interface Created {
  readonly folder: string
  readonly plan: ProjectPlan
  readonly installed: boolean
}

/** Makes a project in a folder of its own. What a person does not say on the line is asked at a terminal, or is the usual. */
export async function create(
  line: CreateLine,
  around: { readonly version: string; readonly isTerminal: boolean; readonly note: (text: string) => void },
): Promise<Created> {
  const shown = line.folder ?? (around.isTerminal ? await askText('In which folder?', 'my-platform') : 'my-platform')
  const folder = resolve(shown)
  const now = readFolder(folder)
  refuseUsedFolder(shown, now)
  const name = checkedName(line.name ?? nameOfFolder(basename(folder)))
  const template = line.template ?? (around.isTerminal ? await askTemplate() : 'blank')
  const sluice = line.sluice ?? `^${around.version}`
  const plan = planProject({ name, template, sluice, folder: now })
  await mkdir(folder, { recursive: true })
  await writeProject(folder, plan)
  if (line.git) await startRepository(folder)
  if (line.install) {
    around.note('npm install: Node 24, PostgreSQL and DuckDB come along, about 400 MB')
    await installPackages(folder, sluice)
  }
  return { folder: shown, plan, installed: line.install }
}

/** What a person types next. */
export function nextText({ folder, plan, installed }: Created): string {
  const lines = [
    ...(folder === '.' ? [] : [changeFolder(folder)]),
    ...(installed ? [] : ['npm install']),
    'npx sluice demo --once   # runs offline, and says what it wrote',
    'npm test                 # the pipeline in a throwaway world',
    'npm run dev              # runs; each saved change is live',
  ]
  return `${plan.name} is in ${folder}: ${plan.writes.length} files. Next:\n\n${lines.map((each) => `  ${each}`).join('\n')}\n`
}
