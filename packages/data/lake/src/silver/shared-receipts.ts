import { parseStored, type StoredReceipt } from '../receipt.ts'

/**
 * The receipts of one commit. Fields that all of them have in common stand once (10,000 receipts of small files: 6.5 MB -> 2.0 MB), of the
 * file each by itself.
 */
export interface SharedReceipts {
  readonly shared: Fields
  readonly each: readonly Fields[]
}

type Fields = Readonly<Record<string, unknown>>

export function shareReceipts(receipts: readonly StoredReceipt[]): SharedReceipts {
  const files = receipts.flatMap(({ file }) => (file === undefined ? [] : [{ ...file } as Fields]))
  const rest = divide(receipts.map(({ file: _, ...fields }): Fields => fields))
  if (files.length !== receipts.length) return { shared: rest.shared, each: receipts.map(({ file }, at) => withFile(rest.each[at], file)) }
  const file = divide(files)
  return {
    shared: withFile(rest.shared, file.shared),
    each: rest.each.map((fields, at) => withFile(fields, file.each[at])),
  }
}

/** What is not of this form has no receipts. */
export function sharedReceiptsIn(value: unknown): readonly StoredReceipt[] {
  const { shared, each } = (value ?? {}) as { readonly shared?: unknown; readonly each?: unknown }
  if (!isFields(shared) || !Array.isArray(each)) return []
  return each.flatMap((own: unknown) => {
    if (!isFields(own)) return []
    const file = isFields(shared.file) || isFields(own.file) ? { file: { ...(shared.file as Fields), ...(own.file as Fields) } } : {}
    return parseStored({ ...shared, ...own, ...file }) ?? []
  })
}

/** Only fields that every one of them has, alike. */
function divide(all: readonly Fields[]): SharedReceipts {
  const [first = {}] = all
  const alike = (name: string, value: unknown): boolean => {
    const text = JSON.stringify(value)
    return all.every((fields) => JSON.stringify(fields[name]) === text)
  }
  const shared = Object.fromEntries(Object.entries(first).filter(([name, value]) => value !== undefined && alike(name, value)))
  return {
    shared,
    each: all.map((fields) => Object.fromEntries(Object.entries(fields).filter(([name]) => !Object.hasOwn(shared, name)))),
  }
}

const withFile = (fields: Fields = {}, file: unknown): Fields => (file === undefined ? fields : { ...fields, file })
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
