/**
 * `npm run release -- LINE [VERSION] [--write]`: says what the next release of `sluice` or `delta` is, and with `--write` makes versions,
 * lock file and changelog say it. It commits, tags and publishes nothing: a tag does that (`.github/workflows/release.yml`).
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../workspace.ts'
import { sectionOf } from './changelog.ts'
import { lines } from './lines.ts'
import { planRelease } from './plan.ts'
import { readWorkspace } from './workspace-facts.ts'

const { values, positionals } = parseArgs({ options: { write: { type: 'boolean', default: false } }, allowPositionals: true })
const line = lines.find(({ name }) => name === positionals[0])

if (line === undefined || positionals.length > 2) {
  console.error(`npm run release -- LINE [VERSION] [--write]. LINE is ${lines.map(({ name }) => name).join(' or ')}.`)
  process.exitCode = 2
} else {
  try {
    const { version, tag, files } = planRelease(line, readWorkspace(line), positionals[1], new Date().toISOString().slice(0, 10))
    console.log(`${line.packages.join(', ')} ${version}\n\n${sectionOf(files[line.changelog] ?? '', version)?.text}\n`)
    if (values.write) {
      for (const [file, text] of Object.entries(files)) writeFileSync(join(root, file), text)
      console.log(`Written: ${Object.keys(files).join(', ')}.`)
    }
    const then = [
      `git commit -am "${line.name}: ${version}"`,
      `npm run pack && npm run release:check -- ${tag}`,
      `git tag -s ${tag} && git push origin main ${tag}`,
    ]
    console.log(`${values.write ? 'Next' : 'Nothing is written without --write. After it'}:\n${then.map((each) => `  ${each}`).join('\n')}`)
  } catch (error) {
    console.error(`error: ${(error as Error).message}`)
    process.exitCode = 1
  }
}
