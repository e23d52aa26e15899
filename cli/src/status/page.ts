// The state of an installation at a glance.
import type { api } from '@countersign/contract/api'
import type { RouteResult } from '@countersign/contract/route'
import { aligned, type Cell, type Paint, printable } from '#paint'
import { agoText } from '#times'

type Overview = RouteResult<(typeof api)['visibility']['overview']>

export interface Status {
  readonly controlSocket: string
  /** Whether the server says that it can do its work, the store included. */
  readonly ready: boolean
  readonly setupNeeded: boolean
  readonly overview: Overview
}

/** A gateway that was silent for longer has probably stopped; heartbeats come every few seconds. */
const silentMs = 60_000

/**
 * Whether everything works: the server, its store, at least one gateway that keeps up, and the
 * applications that say how to find out.
 */
export function isHealthy({ ready, overview }: Status, now: number): boolean {
  const { gateways } = overview
  return (
    ready &&
    gateways.length > 0 &&
    gateways.every((it) => now - it.seenAt <= silentMs && it.failing.length === 0)
  )
}

/** The status as text. */
export function statusPage(status: Status, paint: Paint, now: number): string {
  const { overview, ready, setupNeeded, controlSocket } = status
  const { counts, release } = overview
  const rows: (readonly Cell[])[] = [
    ['server', answer(ready, 'ready', 'not ready'), printable(controlSocket)],
    [
      'store',
      answer(ready, 'answers', 'see the log of the server'),
      `${counted(counts.decisions, 'decision')} kept`,
    ],
    [
      'policies',
      release
        ? { text: `release ${release.number}`, tone: 'good' }
        : { text: 'no release', tone: 'careful' },
      release
        ? `${counted(counts.policies, 'policy', 'policies')}, made ${agoText(release.createdAt, now)} (${printable(release.id)})`
        : '',
    ],
    ...gatewayRows(overview, now),
  ]
  return [
    paint('strong', printable(overview.organisation)),
    '',
    ...aligned(
      rows.map(([label = '', ...cells]) => [`  ${textOf(label)}`, ...cells]),
      paint,
    ),
    '',
    `  ${decisionsText(overview, now)}`,
    `  ${countsText(counts)}`,
    ...(setupNeeded ? ['', '  Nobody has set it up yet: `countersign up` prints a link.'] : []),
    '',
  ].join('\n')
}

function gatewayRows({ gateways }: Overview, now: number): readonly (readonly Cell[])[] {
  if (gateways.length === 0) {
    return [
      [
        'gateway',
        { text: 'none', tone: 'careful' },
        '`countersign networks invite` lets one enrol',
      ],
    ]
  }
  return gateways.flatMap(({ id, name, seenAt, behind, failing }): (readonly Cell[])[] => [
    [
      'gateway',
      gatewayState(now - seenAt, behind),
      `${printable(name)} (${printable(id)}), heard ${agoText(seenAt, now)}`,
    ],
    ...failing.map(({ application, since, why }): readonly Cell[] => [
      '',
      { text: 'finds', tone: 'bad' },
      `${printable(application)} not working since ${agoText(since, now)}: ${printable(why)}`,
    ]),
  ])
}

function gatewayState(silenceMs: number, behind: number): Cell {
  if (silenceMs > silentMs) return { text: 'silent', tone: 'bad' }
  return behind > 0
    ? { text: `${number(behind)} behind`, tone: 'careful' }
    : { text: 'up to date', tone: 'good' }
}

function decisionsText({ hours }: Overview, now: number): string {
  const dayMs = 24 * 3_600_000
  const recent = hours.filter(({ at }) => now - at < dayMs)
  const sum = (key: 'allow' | 'deny' | 'stepUp'): string =>
    number(recent.reduce((total, hour) => total + hour[key], 0))
  return `Last 24 hours: ${sum('allow')} allowed, ${sum('deny')} refused, ${sum('stepUp')} asked for a fresh sign-in.`
}

function countsText(counts: Overview['counts']): string {
  const { people, workloads, groups, devices, applications, sessions } = counts
  const found = [
    counted(people, 'person', 'people'),
    counted(workloads, 'workload'),
    counted(groups, 'group'),
    counted(devices, 'device'),
    counted(applications, 'application'),
    counted(sessions, 'session'),
  ]
  return `${found.join(', ')}.`
}

function answer(isGood: boolean, good: string, bad: string): Cell {
  return isGood ? { text: good, tone: 'good' } : { text: bad, tone: 'bad' }
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`
}

function number(value: number): string {
  return value.toLocaleString('en-GB')
}
