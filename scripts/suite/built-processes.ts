import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { installed } from './installed.ts'

/** Modules that are not imported by who needs them: processes and threads begin with them, or are told to import them. */
const started: ReadonlySet<string> = new Set([
  'definitions/loader-process',
  'engine/act/heartbeat-thread',
  'engine/act/worker-process',
  'lake/asked/answer-process',
  'platform/capabilities/open',
  'platform/database/time-zones-process',
  'platform/http/http-process',
  'platform/sources/look-process',
  'sources/files/avro/parse',
  'sources/files/csv/survey-thread',
  'sources/files/excel/parse',
  'sources/files/isolated/read-process',
  'sources/files/parquet/parse',
  'sources/files/xml/parse',
])

/**
 * What tests start from within a package is what people install, put together: a process reads a few files of it, and hundreds of the
 * sources. Whoever asks where such a module is gets the place of the one that is put together.
 */
export function startBuilt(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context)
      const [, name, path] = /\/packages\/\w+\/([\w-]+)\/src\/([\w/-]+)\.ts$/.exec(resolved.url) ?? []
      const module = `${name}/${path}`
      return started.has(module)
        ? { ...resolved, url: pathToFileURL(join(installed().modules, 'sluice/dist', `${module}.js`)).href }
        : resolved
    },
  })
}
