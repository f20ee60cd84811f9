/** Keys whose value may be `undefined` become keys that may be absent; the others stay needed. */
export type Given<T extends object> = Flat<
  { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
    [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
  }
>

type Flat<T> = { [K in keyof T]: T[K] }

/** The values without the keys that hold `undefined`: under `exactOptionalPropertyTypes` absent and `undefined` are not the same. */
export const given = <T extends object>(values: T): Given<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>
