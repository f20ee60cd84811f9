import { randomUUID } from 'node:crypto'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type BackupPlace, damaged } from '@sluice/backup'
import type { Bucket } from '@sluice/delta'

const partBytes = 8 << 20

/** A folder of a bucket. A file is written to `scratch` first, and uploaded whole. */
export function bucketPlace(bucket: Bucket, prefix: string, scratch: string): BackupPlace {
  const bare = prefix.replace(/^\/+|\/+$/g, '')
  const home = bare === '' ? '' : `${bare}/`
  const keyOf = (path: string): string => `${home}${path}`
  return {
    name: `${bucket.name}${bare}`,
    async write(path, source) {
      await mkdir(scratch, { recursive: true, mode: 0o700 })
      const draft = join(scratch, `${randomUUID()}.draft`)
      try {
        let size = 0
        const file = await open(draft, 'wx', 0o600)
        try {
          for await (const chunk of source) {
            await file.writeFile(chunk)
            size += chunk.length
          }
        } finally {
          await file.close()
        }
        await bucket.upload(keyOf(path), draft, size, 'always')
      } finally {
        await rm(draft, { force: true })
      }
    },
    // A try of this call may have created it where the answer was lost: the text tells.
    create: async (path, text) => {
      const made = await bucket.create(keyOf(path), Buffer.from(text))
      return made === 'unclear' ? new TextDecoder().decode(await bucket.get(keyOf(path))) === text : made === 'created'
    },
    async *read(path) {
      for (let offset = 0; ; offset += partBytes) {
        const part = await bucket.get(keyOf(path), { offset, length: partBytes })
        if (part === undefined) throw damaged(`${bucket.name}${keyOf(path)}`, 'is missing')
        yield Buffer.from(part.buffer, part.byteOffset, part.byteLength)
        if (part.length < partBytes) return
      }
    },
    text: async (path) => {
      const bytes = await bucket.get(keyOf(path))
      return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
    },
    size: async (path) => (await bucket.head(keyOf(path)))?.size,
    list: async (folder) => {
      const under = keyOf(folder === '' ? '' : `${folder.replace(/\/$/, '')}/`)
      const files = (await bucket.list(under, true)).map(({ key }) => key.slice(under.length)).filter((name) => name !== '')
      return [...files, ...(await bucket.folders(under)).map((name) => `${name}/`)].sort()
    },
    remove: async (path) => {
      const bareKey = keyOf(path.replace(/\/$/, ''))
      for (const { key } of await bucket.list(`${bareKey}/`, false)) await bucket.delete(key)
      await bucket.delete(bareKey)
    },
  }
}
