import type { OptionDefinition } from './command.ts'
import { UsageError, wholeNumber } from './given.ts'

export const portOption: OptionDefinition = {
  flags: '--port <n>',
  description: 'of the HTTP API; SLUICE_PORT or the configuration unless given',
  parse: (text) => {
    const port = wholeNumber(text)
    if (port > 65_535) throw new UsageError(`${text} is not a port`)
    return port
  },
}
