// Which sessions were used lately, where and with what: one note for each session, kept in memory,
// looked at with every request and told to the control plane about once a minute. The same note
// shows when a session is used on two devices at once; from then on it stands for nobody here,
// whether or not the control plane can be told.
import { follow, type Sighting, type Trail } from '@countersign/contract/sighting'
import { Agents } from './browser.ts'
import { networkOf } from './network.ts'

export interface SightingsOptions {
  /** Sessions remembered; beyond it the one noted first is forgotten. */
  readonly maxCount: number
  /** A use is told again when it is so much later than the one told last, in milliseconds. */
  readonly tellAgainAfterMs: number
}

/** What came with a request. */
export interface Use {
  readonly session: string
  readonly address: string
  /** The `User-Agent`. */
  readonly agent: string | undefined
}

interface Note {
  address: string
  agent: string | undefined
  trail: Trail
  lastUsedAt: number
  /** What the control plane was told last of its use. */
  toldAt: number
  contested: Sighting['contested']
}

const agentsMaxCount = 2_000

export class Sightings {
  readonly #options: SightingsOptions
  readonly #notes = new Map<string, Note>()
  readonly #untold = new Set<string>()
  readonly #agents = new Agents({ maxCount: agentsMaxCount })
  readonly #listeners = new Set<() => void>()

  constructor(options: SightingsOptions) {
    this.#options = options
  }

  /** Calls `listener` when a session turns out to be used on two devices at once. */
  onContested(listener: () => void): void {
    this.#listeners.add(listener)
  }

  /** Notes a use in a browser; false where the session stands for nobody any more. */
  see(use: Use, now: number): boolean {
    const { session, address, agent } = use
    const note = this.#notes.get(session)
    if (note === undefined) {
      this.#keep(session, {
        address,
        agent,
        trail: follow(undefined, this.#seen(use), now).trail,
        lastUsedAt: now,
        toldAt: 0,
        contested: undefined,
      })
      return true
    }
    // Nearly every request: the same browser, at the same place.
    if (note.address === address && note.agent === agent) {
      this.#used(session, note, now)
      return note.contested === undefined
    }
    const { trail, contested } = follow(
      { ...note.trail, lastAt: note.lastUsedAt },
      this.#seen(use),
      now,
    )
    Object.assign(note, { address, agent, trail, lastUsedAt: now, toldAt: 0 })
    this.#untold.add(session)
    if (contested && note.contested === undefined) {
      note.contested = contested
      for (const listener of this.#listeners) listener()
    }
    return note.contested === undefined
  }

  /** Notes a use by a program, or by what is open without requests: only that it is in use. */
  use(use: Use, now: number): void {
    const note = this.#notes.get(use.session)
    if (note) this.#used(use.session, note, now)
    else this.see(use, now)
  }

  /** Whether a session stands for nobody any more, because it was used on two devices at once. */
  isContested(session: string): boolean {
    return this.#notes.get(session)?.contested !== undefined
  }

  /** What was not told yet, at most `maxCount`. */
  untold(maxCount: number): readonly Sighting[] {
    const sightings: Sighting[] = []
    for (const session of this.#untold) {
      if (sightings.length === maxCount) break
      const note = this.#notes.get(session)
      if (!note) continue
      const { trail, lastUsedAt, contested } = note
      sightings.push({
        session,
        lastUsedAt,
        ...trail.last,
        ...(contested === undefined ? {} : { contested }),
      })
    }
    return sightings
  }

  /** Notes that the control plane knows these. */
  told(sightings: readonly Sighting[]): void {
    for (const { session, lastUsedAt, contested } of sightings) {
      const note = this.#notes.get(session)
      if (note) {
        note.toldAt = Math.max(note.toldAt, lastUsedAt)
        // What happened while the answer was on its way is told the next time.
        if (note.contested !== undefined && contested === undefined) continue
      }
      this.#untold.delete(session)
    }
  }

  get size(): number {
    return this.#notes.size
  }

  #used(session: string, note: Note, now: number): void {
    note.lastUsedAt = now
    if (now - note.toldAt >= this.#options.tellAgainAfterMs) this.#untold.add(session)
  }

  #seen({ address, agent }: Use) {
    return { network: networkOf(address), ...this.#agents.of(agent) }
  }

  #keep(session: string, note: Note): void {
    this.#notes.set(session, note)
    this.#untold.add(session)
    if (this.#notes.size <= this.#options.maxCount) return
    for (const oldest of this.#notes.keys()) {
      this.#notes.delete(oldest)
      this.#untold.delete(oldest)
      break
    }
  }
}
