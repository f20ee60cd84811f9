import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { playGuide } from '../guide/play.ts'
import type { Step } from './step.ts'

export const guide: Step = {
  name: 'guide',
  about: 'the guide of the first pipeline, typed as it stands, from npm create to the picture of a run',
  run: async (world) => {
    const text = readFileSync(join(import.meta.dirname, '../../docs/guide/first-pipeline.md'), 'utf8')
    await playGuide(text, {
      folder: world.makeFolder('guide'),
      type: async (line, cwd) => {
        const begun = performance.now()
        const { code, stdout, stderr } = await world.end('bash', ['-c', line], { cwd, env: { SLUICE_WORKERS: '1' } })
        if (code !== 0) throw new Error(`$ ${line}\nended with ${code}:\n${stdout}${stderr}`)
        world.tell(`${((performance.now() - begun) / 1_000).toFixed(1)} s  ${line}`)
        return stripVTControlCharacters(stdout + stderr)
      },
    })
  },
}
