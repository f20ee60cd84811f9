import type { OptionSpec } from '@sluice/serve/terminal'

export interface GlobalOption extends OptionSpec {
  /** The variable that stands for it. */
  readonly env?: string
}

/** Options of every command; they may stand before or behind it. */
export const globalOptions: readonly GlobalOption[] = [
  { flags: '--project <name>', description: 'the project, where a name is ambiguous' },
  { flags: '--json', description: 'the result as JSON on stdout, everything else on stderr' },
  { flags: '--url <url>', description: 'a Sluice that runs elsewhere', env: 'SLUICE_URL' },
  { flags: '--token <token>', description: 'its token (better: the environment variable)', env: 'SLUICE_TOKEN' },
  { flags: '--no-color', description: 'plain text' },
]
