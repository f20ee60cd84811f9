import { UsageError } from './given.ts'
import type { Output } from './output.ts'

export const passwordStdin = { flags: '--password-stdin', description: 'read the password from stdin instead of asking for it' } as const

/** Asked for twice, unseen, or read from stdin without its line end. Never an argument: those are seen by every process of the machine. */
export async function newPassword(output: Output, fromStdin: boolean): Promise<string> {
  if (fromStdin) return (await readStdin()).replace(/\r?\n$/, '')
  if (!output.interactive) throw new UsageError('nobody can be asked for the password here: give it with --password-stdin')
  const { password } = await import('@clack/prompts')
  const ask = async (message: string): Promise<string> => {
    const answer = await password({ message, output: process.stderr })
    if (typeof answer !== 'string') throw new UsageError('not done')
    return answer
  }
  const first = await ask('Password, at least 12 characters')
  if ((await ask('The same again')) === first) return first
  throw new UsageError('the two passwords differ')
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
