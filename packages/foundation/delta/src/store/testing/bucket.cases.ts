import { expect, test } from 'vitest'
import type { Bucket } from '../bucket.ts'

/** What a bucket must do beyond the needs of a store of one table. */
export function bucketCases(makeBucket: () => Bucket, prefix: string): void {
  test('names the folders directly below a prefix, of any number of objects, once each', async () => {
    const bucket = makeBucket()
    const names = ['a b', 'c+d%2F', 'ü', 'plain']
    const body = new Uint8Array([1])
    for (const name of names) await bucket.put(`${prefix}/top/${name}/x/y`, body)
    for (let n = 0; n < 3; n++) await bucket.put(`${prefix}/top/plain/${n}`, body)
    await bucket.put(`${prefix}/top/file`, body)
    await bucket.put(`${prefix}/topmost/z`, body)
    expect((await bucket.folders(`${prefix}/top/`)).sort((a, b) => (a < b ? -1 : 1))).toEqual([...names].sort((a, b) => (a < b ? -1 : 1)))
    expect(await bucket.folders(`${prefix}/nothing/`)).toEqual([])
  })
}
