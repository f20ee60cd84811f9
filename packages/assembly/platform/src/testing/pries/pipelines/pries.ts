import { readFileSync } from 'node:fs'
import { getHeapSnapshot } from 'node:v8'
import { pipeline, task } from 'sluice'

/** All that the memory of this process holds as text. */
async function memory(): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of getHeapSnapshot()) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('latin1')
}

/** What the supervisor answers a process that asks for a project it has claimed nothing of. */
const asked = (project: string): Promise<unknown> =>
  new Promise((resolve) => {
    process.on('message', (message: { readonly project?: string }) => {
      if (message.project === project) resolve(message)
    })
    process.send?.({ kind: 'project', project })
  })

const found = task({
  name: 'found',
  run: async (_, context) => {
    // Names alone are told: values would be masked where they are its own.
    const own = context.secret('key')
    const held = await memory()
    const urls = [...new Set(held.match(/postgres(?:ql)?:\/\/\w+_\w+:[^@\s"\\]+@[^\s"\\]+/g) ?? [])]
    const { SLUICE_PRIES_FOR: wanted = '' } = process.env
    const others = wanted.split(',').map((hex) => Buffer.from(hex, 'hex').toString())
    const inside = (text: string): number => others.filter((each) => text.includes(each)).length
    const tried = context.connection as unknown as (name: string) => unknown
    return {
      own: { inContext: own.length, inEnvironment: process.env.PRIES_KEY === own, inMemory: held.includes(own) },
      environment: inside(JSON.stringify(process.env)),
      proc: inside(readFileSync('/proc/self/environ', 'latin1')) + inside(readFileSync('/proc/self/cmdline', 'latin1')),
      memory: inside(held),
      users: urls.map((url) => new URL(url).username),
      answer: JSON.stringify(await asked('keeps-secrets')),
      connection: await Promise.resolve()
        .then(() => tried('upstream'))
        .then(
          () => 'found',
          (error: Error) => error.message,
        ),
    }
  },
})

export default pipeline({ name: 'pries', steps: [found] })
