/** Objects without the keys that nobody knows a value for. */

/** `{ path, ...present({ line, name }) }`: a key whose value is `undefined` is left out, so that it does not show in JSON and comparisons. */
export function present<T extends object>(values: T): { readonly [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    readonly [Key in keyof T]?: Exclude<T[Key], undefined>;
  };
}
