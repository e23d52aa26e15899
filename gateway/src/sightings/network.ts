// The network an address lies in, coarse enough that a household or an office is one place.
import { isIPv6 } from 'node:net'

/** An IPv4 /24 or an IPv6 /48 in text; the text itself where it is neither. */
export function networkOf(address: string): string {
  const mapped = address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
  const end = mapped.lastIndexOf('.')
  if (end > 0 && !mapped.includes(':')) return `${mapped.slice(0, end)}.0/24`
  return isIPv6(mapped) ? `${firstGroups(mapped).join(':')}::/48` : mapped.slice(0, 64)
}

const groupsCount = 8
const networkGroupsCount = 3

function firstGroups(address: string): readonly string[] {
  const [head = '', tail] = address.toLowerCase().split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from(
    { length: Math.max(0, groupsCount - front.length - back.length) },
    () => '0',
  )
  return [...front, ...zeros, ...back]
    .slice(0, networkGroupsCount)
    .map((group) => group.replace(/^0+(?=.)/, ''))
}
