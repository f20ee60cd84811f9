import { readFileSync } from 'node:fs'

/** Of the command, which is that of the package `sluice`. */
export const { version: sluiceVersion } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string
}
