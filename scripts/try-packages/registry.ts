/**
 * A registry that has the tarballs and sends people on to npm for everything else, so that `npm create sluice@latest` is typed as it will
 * be once they are published.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename } from 'node:path'
import { manifestIn } from '../pack/tarball.ts'

export interface Registry {
  readonly url: string
  close(): Promise<void>
}

export async function startRegistry(tarballs: readonly string[], upstream: string): Promise<Registry> {
  const files = new Map<string, Buffer>(tarballs.map((path) => [`/-/${basename(path)}`, readFileSync(path)]))
  const documents = new Map<string, string>()
  const server = createServer(({ url = '/' }, response) => {
    const path = decodeURIComponent(new URL(url, 'http://localhost').pathname)
    const [file, document] = [files.get(path), documents.get(path)]
    if (file !== undefined) response.end(file)
    else if (document !== undefined) response.setHeader('content-type', 'application/json').end(document)
    else response.writeHead(302, { location: new URL(url.slice(1), upstream).href }).end()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (const path of tarballs) {
    const manifest = manifestIn(path)
    documents.set(`/${manifest.name}`, packument(manifest, `${address}/-/${basename(path)}`, readFileSync(path)))
  }
  return {
    url: `${address}/`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
}

/** What npm asks for by a package's name. */
function packument(manifest: { readonly name: string; readonly version: string }, tarball: string, bytes: Buffer): string {
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
  return JSON.stringify({
    name: manifest.name,
    'dist-tags': { latest: manifest.version },
    versions: { [manifest.version]: { ...manifest, dist: { tarball, integrity } } },
  })
}
