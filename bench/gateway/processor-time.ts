// How long a side has kept its core busy. Where other programs use the machine too, requests a second
// say as much of them as of what is measured; this does not.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Side } from './sides.ts'

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** Of a side and of what it asks, all processes together, in microseconds. */
export function processorTimeUs({ pid, asks }: Side): number {
  return timeOfUs(pid) + (asks ? processorTimeUs(asks) : 0)
}

function timeOfUs(pid: number): number {
  // A name may hold blanks and brackets; what follows its last bracket is fields (proc(5)).
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  const own = ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1e6
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')
  return children
    .filter((child) => child.trim() !== '')
    .reduce((sum, child) => sum + timeOfUs(Number(child)), own)
}
