import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

/** Prints the URL of each module that the entry of a project loads. */
const told = `
  import { registerHooks } from 'node:module'
  registerHooks({ load: (url, context, next) => { console.log(url); return next(url, context) } })
  await import(${JSON.stringify(import.meta.resolve('./index.ts'))})
`

test('a worker that loads its first pipeline loads definitions, and nothing that opens a connection', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', told], { encoding: 'utf8' })
  const modules = stdout.split('\n')
  expect(modules.join('\n'), stderr).toContain('/foundation/author/')
  const heavy =
    /^node:(?:https?|http2|net|tls|zlib|dns|worker_threads)$|\/node_modules\/(?:pg|zod|nodemailer|@duckdb)\/|\/sources\/src\/http\/client\.ts$|\/runtime\//
  expect(modules.filter((url) => heavy.test(url))).toEqual([])
})
