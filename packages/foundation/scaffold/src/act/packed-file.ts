import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { near, requestErrors } from '@sluice/core'

/**
 * What package.json says of sluice: a version as it is given, and a file by its whole path, since npm reads it from the folder of the
 * project.
 * @throws `request.invalid` for a file that is not there: npm would say so only once the project is written
 */
export function versionOrFile(given: string): string {
  if (!isPath(given)) return given
  const file = resolve(given.replace(/^file:/, ''))
  if (existsSync(file)) return file
  const beside = existsSync(dirname(file)) ? readdirSync(dirname(file)).filter((name) => name.endsWith('.tgz')) : []
  const meant = near(basename(file), beside)
  throw requestErrors.invalid(`--sluice: ${file} is not there`, {
    facts: { file },
    next:
      meant.length > 0
        ? `Did you mean ${meant.map((name) => resolve(dirname(file), name)).join(' or ')}?`
        : 'Name a version, or the file that "npm run pack" has made in a clone: dist/packages/sluice-0.0.0.tgz there.',
  })
}

const isPath = (given: string): boolean =>
  /^(file:(?!\/\/)|\.{1,2}[/\\]|[/\\]|[A-Za-z]:[/\\])/.test(given) || (given.endsWith('.tgz') && !/^[a-z+]+:/.test(given))
