// Cedar's `ip` type: one IPv4 or IPv6 address with a prefix length. Its grammar is narrower than
// what most libraries accept (no leading zeros, no IPv4 inside IPv6, 43 characters at most), and a
// policy must never mean something else here than in the official engine.

export class Ip {
  readonly kind = 'ipaddr'
  readonly version: 4 | 6
  /** The address as one integer: 32 bits in a number, or 128 bits in a bigint. */
  readonly address: number | bigint
  readonly prefix: number

  constructor(version: 4 | 6, address: number | bigint, prefix: number) {
    this.version = version
    this.address = address
    this.prefix = prefix
  }

  /** Whether every address of this range lies in `range`. Ranges of different versions never do. */
  isInRange(range: Ip): boolean {
    if (this.version !== range.version || this.prefix < range.prefix) return false
    return network(this.address, range.prefix) === network(range.address, range.prefix)
  }

  isLoopback(): boolean {
    return this.version === 4 ? this.#within(0x7f000000, 8) : this.#within(1n, 128)
  }

  isMulticast(): boolean {
    return this.version === 4 ? this.#within(0xe0000000, 4) : this.#within(0xffn << 120n, 8)
  }

  #within(address: number | bigint, prefix: number): boolean {
    return this.prefix >= prefix && network(this.address, prefix) === network(address, prefix)
  }

  /** The canonical text, `address/prefix`; equal values have equal texts. */
  toString(): string {
    return `${this.version === 4 ? ipv4Text(this.address) : ipv6Text(this.address)}/${this.prefix}`
  }
}

const LONGEST_TEXT = 43

/** Reads `10.0.0.0/8` or `2001:db8::/32`; `undefined` when Cedar would refuse it. */
export function parseIp(text: string): Ip | undefined {
  if (text.length > LONGEST_TEXT) return undefined
  const slash = text.indexOf('/')
  const host = slash < 0 ? text : text.slice(0, slash)
  const v4 = host.includes(':') ? undefined : parseIpv4(host)
  const address = v4 ?? parseIpv6(host)
  if (address === undefined) return undefined
  const bits = v4 === undefined ? 128 : 32
  const prefix = slash < 0 ? bits : parsePrefix(text.slice(slash + 1), bits)
  return prefix === undefined ? undefined : new Ip(bits === 32 ? 4 : 6, address, prefix)
}

// By hand, because every request carries an address: no leading zeros, four parts up to 255.
function parseIpv4(text: string): number | undefined {
  let address = 0
  let part = -1
  let parts = 0
  for (let index = 0; index <= text.length; index += 1) {
    const code = index < text.length ? text.charCodeAt(index) : DOT
    if (code === DOT) {
      if (part < 0 || parts === 4) return undefined
      address = address * 256 + part
      part = -1
      parts += 1
    } else if (code >= ZERO && code <= ZERO + 9 && part !== 0) {
      part = part < 0 ? code - ZERO : part * 10 + code - ZERO
      if (part > 255) return undefined
    } else return undefined
  }
  return parts === 4 ? address : undefined
}

const DOT = 46
const ZERO = 48

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = parseGroups(halves[0] ?? '')
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '') : []
  if (head === undefined || tail === undefined) return undefined
  const missing = 8 - head.length - tail.length
  // `::` stands for at least one group of zeros.
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  let address = 0n
  for (const group of [...head, ...Array.from({ length: missing }, () => 0), ...tail]) {
    address = (address << 16n) | BigInt(group)
  }
  return address
}

function parseGroups(text: string): number[] | undefined {
  if (text === '') return []
  const groups = text.split(':')
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined
  return groups.map((group) => Number.parseInt(group, 16))
}

function parsePrefix(text: string, bits: 32 | 128): number | undefined {
  if (!/^(0|[1-9][0-9]{0,2})$/.test(text)) return undefined
  return Number(text) > bits ? undefined : Number(text)
}

function network(address: number | bigint, prefix: number): number | bigint {
  if (typeof address === 'bigint') return address >> BigInt(128 - prefix)
  return Math.floor(address / 2 ** (32 - prefix))
}

function ipv4Text(address: number | bigint): string {
  const bits = Number(address)
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.')
}

function ipv6Text(address: number | bigint): string {
  const bits = BigInt(address)
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((bits >> BigInt(112 - 16 * index)) & 0xffffn).toString(16),
  )
  return groups.join(':')
}
