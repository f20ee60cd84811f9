import { type Output, printable, UsageError } from '@sluice/serve/terminal'

/** Asks where a person can answer. @throws `UsageError` where nobody can and `--yes` was not given, or when the answer is no. */
export async function confirm(output: Output, question: string, yes: boolean): Promise<void> {
  if (yes) return
  if (!output.interactive) throw new UsageError(`${question} Say so with --yes.`)
  const prompts = await import('@clack/prompts')
  if ((await prompts.confirm({ message: printable(question), output: process.stderr })) !== true)
    throw new UsageError('cancelled: nothing was changed')
}
