import { requestErrors } from '@sluice/core'
import { type TemplateName, templateNames, templateSummaries } from '../plan/templates.ts'

/** Asks a person at a terminal. @throws `request.invalid` when the person does not answer */
export async function askTemplate(): Promise<TemplateName> {
  const prompts = await import('@clack/prompts')
  const options = templateNames.map((value) => ({ value, label: value, hint: templateSummaries[value] }))
  const answer = await prompts.select<TemplateName>({ message: 'What does the project begin with?', options, output: process.stderr })
  return prompts.isCancel(answer) ? cancelled() : answer
}

export async function askText(question: string, proposed: string): Promise<string> {
  const prompts = await import('@clack/prompts')
  const answer = await prompts.text({ message: question, placeholder: proposed, defaultValue: proposed, output: process.stderr })
  return prompts.isCancel(answer) ? cancelled() : answer
}

function cancelled(): never {
  throw requestErrors.invalid('cancelled: nothing was written', { next: 'Type the command again.' })
}
