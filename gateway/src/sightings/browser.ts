// Which browser and platform a `User-Agent` names, as families: coarse enough to stay the same
// through updates, fine enough to show that two devices are not one.
import type { BrowserFamily, Platform } from '@countersign/contract/sighting'

export interface Agent {
  readonly browser: BrowserFamily
  readonly platform: Platform
}

// In this order: each names the ones below it as well, to be served like them.
const browsers: readonly (readonly [RegExp, BrowserFamily])[] = [
  [/\bEdg(?:e|A|iOS)?\//, 'edge'],
  [/\bOPR\/|\bOPT\//, 'opera'],
  [/\bSamsungBrowser\//, 'samsung'],
  [/\bFirefox\/|\bFxiOS\//, 'firefox'],
  [/\bChrome\/|\bCriOS\/|\bChromium\//, 'chrome'],
  [/\bVersion\/[\d.]+.*\bSafari\//, 'safari'],
  [/^Mozilla\//, 'unknown'],
]

const platforms: readonly (readonly [RegExp, Platform])[] = [
  [/\bAndroid\b/, 'android'],
  [/\biPhone\b|\biPad\b|\biPod\b/, 'ios'],
  [/\bCrOS\b/, 'chromeos'],
  [/\bWindows\b/, 'windows'],
  [/\bMacintosh\b|\bMac OS X\b/, 'macos'],
  [/\bLinux\b|\bX11\b/, 'linux'],
]

const agentMaxCharacters = 512
const nothing: Agent = { browser: 'unknown', platform: 'unknown' }

/** What a `User-Agent` names. */
export function agentOf(text: string | undefined): Agent {
  if (text === undefined || text === '') return nothing
  const agent = text.slice(0, agentMaxCharacters)
  return {
    // What does not even pretend to be a browser is a program.
    browser: browsers.find(([pattern]) => pattern.test(agent))?.[1] ?? 'program',
    platform: platforms.find(([pattern]) => pattern.test(agent))?.[1] ?? 'unknown',
  }
}

/** Agents by their text. There are few, and each is sent with every request. */
export class Agents {
  readonly #maxCount: number
  readonly #known = new Map<string, Agent>()

  constructor({ maxCount }: { readonly maxCount: number }) {
    this.#maxCount = maxCount
  }

  of(text: string | undefined): Agent {
    if (text === undefined) return nothing
    const known = this.#known.get(text)
    if (known) return known
    const agent = agentOf(text)
    // Somebody who invents agents starts it afresh and costs nobody more than that.
    if (this.#known.size >= this.#maxCount) this.#known.clear()
    this.#known.set(text, agent)
    return agent
  }
}
