/**
 * The proof of the packages: a newcomer with an empty folder and the tarballs of `npm run pack`. `node scripts/try-packages.ts [STEP...]`
 * takes all steps, or those named and what they come after.
 */
import { existsSync, globSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { packAll, packagesFolder } from './pack/pack.ts'
import { manifestIn } from './pack/tarball.ts'
import type { Step } from './try-packages/step.ts'
import { steps } from './try-packages/steps.ts'
import { openWorld } from './try-packages/world.ts'

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !steps.some((step) => step.name === name))
if (unknown.length > 0) {
  console.error(`no step is called ${unknown.join(', ')}; there are: ${steps.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}
const neededBy = (name: string): readonly string[] => [name, ...(steps.find((step) => step.name === name)?.after ?? []).flatMap(neededBy)]
const wanted = new Set((asked.length === 0 ? steps.map(({ name }) => name) : asked).flatMap(neededBy))

const found = existsSync(packagesFolder) ? globSync(`${packagesFolder}/*.tgz`) : []
const tarballs = found.length === 0 ? await packAll(packagesFolder) : new Map(found.map((path) => [manifestIn(path).name, path]))

await using world = await openWorld(tarballs, (line) => console.log(`        ${line}`))
const failed = new Set<string>()
for (const step of steps.filter(({ name }) => wanted.has(name))) await take(step)
process.exitCode = failed.size === 0 ? 0 : 1

async function take({ name, about, after = [], run }: Step): Promise<void> {
  const missing = after.filter((each) => failed.has(each))
  if (missing.length > 0) {
    failed.add(name)
    console.log(`left    ${name}: ${missing.join(', ')} did not pass`)
    return
  }
  const begun = performance.now()
  try {
    await Promise.race([run(world), tooLong()])
    console.log(`passed  ${name}: ${about} (${seconds(begun)})`)
  } catch (error) {
    failed.add(name)
    console.log(`failed  ${name}: ${about} (${seconds(begun)})\n${(error as Error).stack}`)
  }
}

/** A step that waits for what never comes fails, and the next ones are taken. No machine is so busy that a step takes this long. */
async function tooLong(): Promise<never> {
  await delay(30 * 60_000, undefined, { ref: false })
  throw new Error('it has not ended in 30 minutes')
}

function seconds(begun: number): string {
  return `${((performance.now() - begun) / 1000).toFixed(1)} s`
}
