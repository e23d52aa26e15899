export interface Schema {
  actionEntities(): Iterable<import('./entities.ts').EntityJson>
}
export type SchemaJson = { readonly [namespace: string]: unknown }
