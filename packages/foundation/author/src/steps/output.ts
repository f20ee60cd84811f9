import type { IsAny } from '../base/types.ts'
import type { Personal } from '../columns/rows.ts'

/** What `run` may return: the output (`Returned`), or a sentence where it cannot travel as JSON. */
export type Storable<O, Returned = O | Promise<O>> = [Unstorable<O>] extends [never]
  ? Returned
  : Unstorable<O> extends infer What extends string
    ? `an output travels as JSON, which cannot hold ${What}: return text, numbers, plain objects`
    : never

/**
 * The first part of `T` that JSON cannot hold, in words, or `never`. Walks the type instead of testing `extends Json`: an interface has no
 * index signature and would be refused. `-?` keeps optional fields from looking unstorable.
 */
type Unstorable<T> =
  IsAny<T> extends true
    ? never
    : unknown extends T
      ? never
      : T extends string | number | boolean | null | undefined
        ? never
        : T extends bigint
          ? 'a bigint'
          : T extends symbol
            ? 'a symbol'
            : T extends (...args: never[]) => unknown
              ? 'a function'
              : T extends readonly (infer Item)[]
                ? Unstorable<Item>
                : T extends object
                  ? UnstorableObject<T>
                  : never

type UnstorableObject<T extends object> = T extends { getTime(): number; toISOString(): string }
  ? 'a Date'
  : T extends ReadonlyMap<unknown, unknown>
    ? 'a Map'
    : T extends ReadonlySet<unknown>
      ? 'a Set'
      : T extends RegExp
        ? 'a RegExp'
        : T extends ArrayBufferView
          ? 'bytes'
          : T extends Personal<unknown>
            ? 'a personal value'
            : { [K in keyof T]-?: Unstorable<T[K]> }[keyof T]
