/** What reading one written value came to. A fault never repeats the value of a secret. */
export type Reading<T> = { readonly value: T } | { readonly fault: string; readonly mend: string }

/** How values of one kind are written and read. */
export type Kind<T> = {
  /** Reads a value from YAML, the environment or a flag. */
  read(written: unknown): Reading<T>
  /** The kind as JSON Schema, for `signet config schema` and editors. */
  readonly json: { readonly [keyword: string]: unknown }
  /** Writes a value the way `read` takes it. */
  write(value: T): unknown
}

/** One setting. */
export type Setting<T> = {
  readonly environment: string
  readonly kind: Kind<T>
  /** As an operator would write it; undefined where there is none. */
  readonly default: unknown
  /** One sentence. */
  readonly about: string
  /** `whole`: never printed. `password`: a URL whose password is never printed. Both may come from a `*_FILE`. */
  readonly secret?: 'whole' | 'password'
}

/** A value's type that has no settings below it. */
type Leaf = string | number | readonly string[] | undefined

/** The dotted names of all settings of a configuration type. */
export type SettingName<T, Prefix extends string = ''> = {
  [K in keyof T & string]: T[K] extends Leaf ? `${Prefix}${K}` : SettingName<T[K], `${Prefix}${K}.`>
}[keyof T & string]

/** The type of the setting with that dotted name. */
export type SettingValue<T, Name> = Name extends `${infer Head}.${infer Rest}`
  ? Head extends keyof T
    ? SettingValue<T[Head], Rest>
    : never
  : Name extends keyof T
    ? T[Name]
    : never

/** One setting for every leaf of a configuration type: none forgotten, none too many. */
export type SettingsOf<T> = { readonly [Name in SettingName<T>]: Setting<SettingValue<T, Name>> }
