// What a condition saw, as a policy would write it. Records keep values in Cedar's JSON form.

/** `Person::"ada"`, `10.0.0.7`, `false`: a recorded value as text; as it is where it is no JSON. */
export function observedText(value: string): string {
  try {
    return textOf(JSON.parse(value))
  } catch {
    return value
  }
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(', ')}]`
  if (!isRecord(value)) return JSON.stringify(value)
  const { ['__entity']: entity, ['__extn']: call } = value
  if (isRecord(entity)) return `${String(entity['type'])}::${JSON.stringify(entity['id'])}`
  if (isRecord(call)) return String(call['arg'])
  const members = Object.entries(value).map(([name, member]) => `${name}: ${textOf(member)}`)
  return `{ ${members.join(', ')} }`
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null
