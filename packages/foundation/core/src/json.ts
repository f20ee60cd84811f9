/** What may travel between tasks: it is stored as JSON in the metadata database. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

type IsAny<T> = 0 extends 1 & T ? true : false

/**
 * The first part of `T` that JSON cannot hold, or `never`. Walks the type instead of testing `extends Json`, because an
 * interface has no index signature and would be refused; `-?` keeps optional fields from looking unstorable.
 */
export type Unstorable<T> =
  IsAny<T> extends true
    ? never
    : T extends string | number | boolean | null | undefined | undefined
      ? never
      : T extends // biome-ignore lint/style/noRestrictedGlobals: the type alone, to refuse it
            | Date
            | RegExp
            | bigint
            | symbol
            | ((...args: never[]) => unknown)
            | ReadonlyMap<unknown, unknown>
            | ReadonlySet<unknown>
            | ArrayBufferView
        ? T
        : T extends readonly (infer Item)[]
          ? Unstorable<Item>
          : T extends object
            ? { [K in keyof T]-?: Unstorable<T[K]> }[keyof T]
            : never

/** Refuses an output with a sentence; `unknown` where all is well, so that the displayed type stays flat. */
export type OutputCheck<T> = [Unstorable<Awaited<T>>] extends [never]
  ? unknown
  : {
      readonly 'an output travels as JSON: return an ISO string, a number, a plain object or a dataset reference instead of': Unstorable<
        Awaited<T>
      >
    }
