// The vitals monitor: six beds, live. A page that opens a WebSocket and draws what arrives; when
// access ends, the stream ends with it, and the page says so. The readings are a formula.
import type { Caller } from './assertion.ts'
import { html, page, raw, type Reply } from './page.ts'

const application = {
  id: 'vitals',
  name: 'Vitals Monitor',
  description: 'Intensive Care, bay 2, live',
}

const beds = [
  { bed: 1, heart: 72, breath: 15, oxygen: 97 },
  { bed: 2, heart: 96, breath: 21, oxygen: 93 },
  { bed: 3, heart: 64, breath: 13, oxygen: 98 },
  { bed: 4, heart: 118, breath: 25, oxygen: 90 },
  { bed: 5, heart: 81, breath: 17, oxygen: 96 },
  { bed: 6, heart: 58, breath: 12, oxygen: 99 },
] as const

/** Milliseconds between two readings. */
export const readingEveryMs = 200
const pointsPerReading = 16

export interface Reading {
  readonly bed: number
  readonly heart: number
  readonly breath: number
  readonly oxygen: number
  /** The trace of the heart since the last reading, from 0 to 1. */
  readonly trace: readonly number[]
}

/** What the monitors show at a moment, in milliseconds since the epoch. */
export function readingsAt(now: number): readonly Reading[] {
  return beds.map(({ bed, heart, breath, oxygen }) => {
    const drift = Math.sin(now / 17_000 + bed * 2)
    const rate = heart + 4 * drift
    return {
      bed,
      heart: Math.round(rate),
      breath: Math.round(breath + 2 * Math.sin(now / 23_000 + bed)),
      oxygen: Math.min(100, Math.round(oxygen + drift)),
      trace: Array.from({ length: pointsPerReading }, (_, index) => {
        const at = now - readingEveryMs + (index * readingEveryMs) / pointsPerReading
        return Number(beat(((at * heart) / 60_000) % 1).toFixed(3))
      }),
    }
  })
}

/** The page that shows them. */
export function vitalsPage(caller: Caller): Reply {
  const cards = beds
    .map(
      ({ bed }) =>
        html`<div class="card" data-bed="${bed}">
          <p class="soft">Bed ${bed}</p>
          <p>
            <span class="number" data-of="heart">–</span> <span class="soft">beats a minute</span>
          </p>
          <p class="soft">
            <span data-of="breath">–</span> breaths, <span data-of="oxygen">–</span> % oxygen
          </p>
          <svg viewBox="0 0 240 56" preserveAspectRatio="none" aria-hidden="true">
            <polyline points=""></polyline>
          </svg>
        </div>`,
    )
    .join('')
  const content = html`<section>
    <h2>Bay 2 <span class="soft" id="state" role="status">connecting</span></h2>
    <div class="grid">${raw(cards)}</div>
  </section>`
  return page({ application, caller, content, script })
}

// One heartbeat over a phase from 0 to 1: the small wave, the spike, and the wave after it.
function beat(phase: number): number {
  const bump = (centre: number, width: number, height: number): number =>
    height * Math.exp(-(((phase - centre) / width) ** 2))
  return (
    0.3 +
    bump(0.18, 0.03, 0.09) -
    bump(0.265, 0.012, 0.1) +
    bump(0.3, 0.015, 0.65) -
    bump(0.335, 0.014, 0.17) +
    bump(0.52, 0.05, 0.16)
  )
}

const script = `
const traces = new Map()
const state = document.getElementById('state')
let wait = 500
const draw = ({ bed, trace, ...numbers }) => {
  const card = document.querySelector('[data-bed="' + bed + '"]')
  if (!card) return
  for (const [name, value] of Object.entries(numbers)) {
    card.querySelector('[data-of="' + name + '"]').textContent = value
  }
  const points = [...(traces.get(bed) ?? []), ...trace].slice(-320)
  traces.set(bed, points)
  card.querySelector('polyline').setAttribute('points',
    points.map((value, index) => index * 0.75 + ',' + (54 - value * 52).toFixed(1)).join(' '))
}
const open = () => {
  const socket = new WebSocket((location.protocol === 'https:' ? 'wss://' : 'ws://') + location.host + '/stream')
  socket.onopen = () => { state.textContent = 'live'; wait = 500 }
  socket.onmessage = ({ data }) => { for (const reading of JSON.parse(data)) draw(reading) }
  socket.onclose = ({ reason }) => {
    state.textContent = reason ? 'ended: ' + reason : 'ended; trying again'
    setTimeout(open, wait)
    wait = Math.min(wait * 2, 15000)
  }
}
open()
`
