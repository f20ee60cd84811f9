import type { OptionSpec } from '@sluice/serve/terminal'

export const portOption: OptionSpec = {
  flags: '--port <n>',
  description: 'of the HTTP API; SLUICE_PORT or the configuration unless given',
  type: 'port',
}
