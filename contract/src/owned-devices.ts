// Which devices are a person's own, found without a look at everybody's.
import type { Device } from './documents.ts'

export class OwnedDevices {
  readonly #ownerOf = new Map<string, string>()
  readonly #devicesOf = new Map<string, Set<string>>()

  clear(): void {
    this.#ownerOf.clear()
    this.#devicesOf.clear()
  }

  put({ id, owner }: Pick<Device, 'id' | 'owner'>): void {
    this.remove(id)
    if (owner === undefined) return
    this.#ownerOf.set(id, owner)
    const devices = this.#devicesOf.get(owner) ?? new Set()
    this.#devicesOf.set(owner, devices.add(id))
  }

  remove(id: string): void {
    const owner = this.#ownerOf.get(id)
    if (owner === undefined) return
    this.#ownerOf.delete(id)
    const devices = this.#devicesOf.get(owner)
    devices?.delete(id)
    if (devices?.size === 0) this.#devicesOf.delete(owner)
  }

  /** The ids of a person's devices, in the order in which they were given. */
  of(person: string): readonly string[] {
    return [...(this.#devicesOf.get(person) ?? [])]
  }
}
