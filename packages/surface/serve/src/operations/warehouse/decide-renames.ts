import type { DiffAnswer } from '@sluice/warehouse'
import type { Terminal } from '../../endpoint/terminal.ts'
import { UsageError } from '../../endpoint/usage.ts'

/**
 * Asks the person at the terminal what is one thing under two names. Undefined where nothing is to be asked; else what was said to be a
 * rename. @throws `UsageError` where nobody can answer
 */
export async function decideRenames(
  terminal: Pick<Terminal, 'output' | 'confirm'>,
  { questions }: Pick<DiffAnswer, 'questions'>,
  allowLoss: boolean,
): Promise<readonly string[] | undefined> {
  if (questions.length === 0 || allowLoss) return undefined
  if (!terminal.output.interactive) {
    const [{ from, to }] = questions as readonly [DiffAnswer['questions'][number]]
    const options = questions.map((each) => `--rename ${optionOf(each)}`)
    throw new UsageError(
      `${from} is gone and ${to} is new: they may be one under a new name. Say it with ${options.join(' or ')}, or that what is gone may be lost with --allow-loss.`,
    )
  }
  const decided: string[] = []
  const named = new Set<string>()
  for (const each of questions) {
    if (named.has(each.from) || named.has(each.to)) continue
    if (!(await isYes(terminal, `Is ${each.to} what ${each.from} was, under a new name?`))) continue
    decided.push(optionOf(each))
    named.add(each.from).add(each.to)
  }
  return decided
}

const optionOf = ({ from, to }: { readonly from: string; readonly to: string }): string =>
  from.split('.').length === 3 ? `${from}=${to.split('.').at(-1)}` : `${from}=${to}`

async function isYes(terminal: Pick<Terminal, 'confirm'>, question: string): Promise<boolean> {
  try {
    await terminal.confirm(question, false)
    return true
  } catch (error) {
    if (error instanceof UsageError) return false
    throw error
  }
}

/** @throws `UsageError` where values would be lost and nobody has said that they may */
export async function refuseLoss(
  terminal: Pick<Terminal, 'output' | 'confirm'>,
  { losses }: Pick<DiffAnswer, 'losses'>,
  allowLoss: boolean,
): Promise<void> {
  if (losses.length === 0 || allowLoss) return
  const told = `The migration loses what is there:\n- ${losses.join('\n- ')}\n`
  if (!terminal.output.interactive) throw new UsageError(`${told}Nothing was written. Say --allow-loss where that is meant.`)
  await terminal.confirm(`${told}Write it?`, false)
}
