import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const folder = resolve(import.meta.dirname, '../../../../node_modules/.cache/sluice/nginx')

/** The program of Debian's package. */
export const nginxProgram = join(folder, 'usr/sbin/nginx')

/**
 * Why nginx cannot be used; `undefined` when it can. Where `SLUICE_REQUIRE` names `nginx` it is fetched with the package manager of Debian
 * (0.5 MB, into `node_modules/.cache`, nothing of the system changes), and then must be there.
 */
export async function whyNoNginx(): Promise<string | undefined> {
  const seal = join(folder, 'installed.txt')
  if ((await readFile(seal, 'utf8').catch(() => '')) !== '') return undefined
  if (!(process.env.SLUICE_REQUIRE ?? '').split(',').includes('nginx')) {
    const reason = 'nginx is not installed; SLUICE_REQUIRE=nginx fetches it from Debian (0.5 MB)'
    process.stderr.write(`skipped: ${reason}\n`)
    return reason
  }
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await run('apt-get', ['download', 'nginx'], { cwd: folder })
  for (const file of await readdir(folder)) if (file.endsWith('.deb')) await run('dpkg-deb', ['-x', file, '.'], { cwd: folder })
  await writeFile(seal, (await run(nginxProgram, ['-v'])).stderr)
  return undefined
}
