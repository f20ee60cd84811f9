import { type Output, UsageError } from '@sluice/serve/terminal'

/** Asked for twice, unseen, or read from stdin without its line end. Never an argument: those are seen by every process of the machine. */
export async function newPassword(output: Output, fromStdin: boolean): Promise<string> {
  if (fromStdin) return (await readStdin()).replace(/\r?\n$/, '')
  return await askedTwice(await asking(output))
}

/** The present password and another, asked for as `newPassword` asks, or the two lines of stdin. */
export async function ownPassword(
  output: Output,
  fromStdin: boolean,
): Promise<{ readonly password: string; readonly newPassword: string }> {
  if (fromStdin) {
    const [password, next, ...rest] = (await readStdin()).replace(/\r?\n$/, '').split(/\r?\n/)
    if (password === undefined || next === undefined || rest.length > 0)
      throw new UsageError('stdin must hold two lines: the present password and the new one')
    return { password, newPassword: next }
  }
  const ask = await asking(output)
  const password = await ask('Present password')
  return { password, newPassword: await askedTwice(ask) }
}

type Ask = (message: string) => Promise<string>

async function asking(output: Output): Promise<Ask> {
  if (!output.interactive) throw new UsageError('nobody can be asked for the password here: give it with --password-stdin')
  const { password } = await import('@clack/prompts')
  return async (message) => {
    const answer = await password({ message, output: process.stderr })
    if (typeof answer !== 'string') throw new UsageError('cancelled: nothing was changed')
    return answer
  }
}

async function askedTwice(ask: Ask): Promise<string> {
  const first = await ask('New password, at least 12 characters')
  if ((await ask('The same again')) === first) return first
  throw new UsageError('the two passwords differ')
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
