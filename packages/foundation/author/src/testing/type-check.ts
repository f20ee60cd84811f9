import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface TypeCheck {
  /** What the compiler found, empty where all is well. */
  readonly faults: readonly string[]
  readonly instantiations: number
  readonly seconds: number
  readonly megabytes: number
}

/** Types of files that are written into an empty folder, checked by the repository's compiler with its settings. */
export async function typeCheck(root: string, folder: string, files: Readonly<Record<string, string>>): Promise<TypeCheck> {
  await mkdir(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  const config = join(folder, 'tsconfig.json')
  const compilerOptions = { typeRoots: [join(root, 'node_modules/@types')] }
  await writeFile(config, JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: [folder] }))
  const output = await new Promise<string>((done) => {
    execFile(join(root, 'node_modules/.bin/tsc'), ['-p', config, '--pretty', 'false', '--extendedDiagnostics'], (_error, stdout) =>
      done(stdout),
    )
  })
  const figure = (name: string): number => Number(new RegExp(`^${name}:\\s+([\\d.]+)`, 'm').exec(output)?.[1] ?? Number.NaN)
  return {
    faults: output.split('\n').filter((line) => line.includes('error TS')),
    instantiations: figure('Instantiations'),
    seconds: figure('Total time'),
    megabytes: figure('Memory used') / 1_024,
  }
}
