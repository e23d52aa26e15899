// A line of a program's structured log, as a person reads it in a message.
import { z } from 'zod'
import { printable } from '#paint'

const logLine = z.looseObject({
  msg: z.string(),
  err: z.looseObject({ message: z.string() }).optional(),
})

/** The message of a JSON log line; any other line as it is. */
export function readableLine(line: string): string {
  const { data } = logLine.safeParse(parsed(line))
  if (!data) return printable(line)
  const { msg, err } = data
  return printable(err && !msg.includes(err.message) ? `${msg}: ${err.message}` : msg)
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
