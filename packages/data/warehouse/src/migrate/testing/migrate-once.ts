import { migrate } from '../../index.ts'

/** Migrates in a process of its own, and prints what it has applied. */
const { url, folder } = JSON.parse(process.argv[2] ?? '') as { readonly url: string; readonly folder: string }
process.stdout.write(JSON.stringify(await migrate(url, folder)))
